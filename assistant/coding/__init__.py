"""What the facts support: claim lines with their proof, and a timeline that owns every minute once."""
