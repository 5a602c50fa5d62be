"""Where the frozen program begins."""

from ironreport.__main__ import main

if __name__ == "__main__":
    main()
