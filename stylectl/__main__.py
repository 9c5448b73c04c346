"""`python -m stylectl` is the command `stylectl`."""

from stylectl.cli.app import main

if __name__ == "__main__":
    main()
