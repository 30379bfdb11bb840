// Counts what the program allocates: the global operator new of the tests counts its calls (allocations.cpp).
#pragma once

// Calls of any operator new so far.
long allocations();
