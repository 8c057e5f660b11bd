# Imports a module that nobody has; Python finds out when it runs.
print("before", flush=True)
import no_such_module

print(no_such_module.answer)
