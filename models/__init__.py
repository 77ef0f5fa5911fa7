"""What a thing is: frozen, validated records. Imports nothing else of ours."""
