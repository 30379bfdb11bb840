// The test program: doctest's own main. Every other file of this folder holds test cases.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "doctest/doctest.h"
