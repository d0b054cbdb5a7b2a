// Of the library that precompiles exercise.hpp there has to be a source.
#include "exercise.hpp"
