"""What a code means on a date. Every look-up takes the date of service; tables are dated editions under ``data/``."""
