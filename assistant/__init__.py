"""What the note supports: reading, coding, gaps. Pure: no clock, network, database or random numbers."""
