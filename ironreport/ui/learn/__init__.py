"""The Learn page: it shows what ``teaching`` makes and never touches the exam."""
