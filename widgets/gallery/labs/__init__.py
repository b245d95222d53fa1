"""What the labs share: widgets that train the tiny model in the reader's tab, from the recipes of the course.

A lab's state holds the reader's settings and, as text, what earlier runs left (`runs`). So its parts are pure
functions of the state like those of any widget: the built page shows the run recorded in ``widgets/world/recorded``,
the reader's tab shows the reader's own, and neither needs the engine. Only `Widget.run` imports it.
"""
