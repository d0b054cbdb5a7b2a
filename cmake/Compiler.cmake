# What the code may be built with, and the flags every target of ours gets.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
    message(FATAL_ERROR
        "apilab cannot be built with GCC ${CMAKE_CXX_COMPILER_VERSION}: before version 14 it miscompiles "
        "co_await expressions that hold temporaries (double frees were seen, docs/adr/0002). "
        "Use clang++-19: `./lab build` installs and selects it, or pass -DCMAKE_CXX_COMPILER=clang++-19.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

add_library(apilab_warnings INTERFACE)
target_compile_options(apilab_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
    -Wimplicit-fallthrough -Wno-missing-field-initializers)

# Boost.Asio and Boost.Beast are compiled once (runtime/internal/asio_impl.cpp, transport/internal/
# beast_impl.cpp): a file that includes them costs seconds instead of tens of seconds.
set(APILAB_ASIO_DEFINITIONS
    BOOST_ASIO_SEPARATE_COMPILATION
    BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED)
