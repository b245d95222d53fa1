# --- PYODIDE:code --- #
print("answer", 6 * 7)
