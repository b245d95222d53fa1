# --- PYODIDE:code --- #
print(f"answer{6 * 7}")
