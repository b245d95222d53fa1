"""Quizzes: their checks, their grading, and the widget that shows them. Standard library only."""
