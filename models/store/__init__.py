"""The only place that knows SQL: tables and repositories for coded cases."""
