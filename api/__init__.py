"""How people and programs reach oncode: command line, batch, HTTP and workbench. The only package with a clock."""
