"""Quizzes: a class for each kind of question, the checks of a quiz file, and the widget. Standard library only."""
