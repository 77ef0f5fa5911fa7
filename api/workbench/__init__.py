"""The pages a coder works in, rendered on the server: note beside lines, diagnoses, gaps and timeline."""
