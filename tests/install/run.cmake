# Run by CTest: cmake -DKIND=consumer|learner|subproject -DSOURCE=... -DBUILD=... -DWORK=... -P run.cmake
# Installs the build into a scratch prefix (consumer, learner) or hands the source tree over (subproject), then
# configures, builds and runs a small project against it.
cmake_minimum_required(VERSION 3.25)

function(run what)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "${what} failed (${status}):\n${output}")
    endif()
endfunction()

file(REMOVE_RECURSE "${WORK}")
set(arguments
    -G Ninja
    "-DCMAKE_CXX_COMPILER=${COMPILER}"
    "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}"
    "-DCMAKE_BUILD_TYPE=${BUILD_TYPE}"
    "-DCMAKE_EXE_LINKER_FLAGS=${LINKER_FLAGS}")

set(project "${SOURCE}/tests/install/${KIND}")
set(prefix "${WORK}/prefix")

if(KIND STREQUAL "learner")
    foreach(component Development Runtime)
        run("install" "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}"
            --component apilab_${component})
    endforeach()
    set(project "${WORK}/project")
    run("learn new" "${prefix}/bin/apilab" learn new my-shop --folder "${project}")
    list(APPEND arguments "-DCMAKE_PREFIX_PATH=${prefix}")
elseif(KIND STREQUAL "consumer")
    run("install" "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}"
        --component apilab_Development)

    # What is installed must work on another machine, and must not carry our own rules.
    file(GLOB_RECURSE package_files "${prefix}/*.cmake")
    if(NOT package_files)
        message(FATAL_ERROR "no package files were installed")
    endif()
    foreach(file IN LISTS package_files)
        file(READ "${file}" text)
        # Folders of the checkout, not the checkout itself: it may lie in /apilab, as in "include/apilab".
        foreach(leak IN ITEMS "${SOURCE}/src" "${SOURCE}/cmake" "${BUILD}" "apilab_warnings" "-Werror")
            string(FIND "${text}" "${leak}" at)
            if(NOT at EQUAL -1)
                message(FATAL_ERROR "${file} holds '${leak}'")
            endif()
        endforeach()
    endforeach()
    file(GLOB_RECURSE private_headers "${prefix}/include/*/internal/*")
    if(private_headers)
        message(FATAL_ERROR "private headers were installed: ${private_headers}")
    endif()
    list(APPEND arguments "-DCMAKE_PREFIX_PATH=${prefix}")
else()
    list(APPEND arguments "-DAPILAB_SOURCE=${SOURCE}")
endif()

run("configure" "${CMAKE_COMMAND}" -S "${project}" -B "${WORK}/build" ${arguments})
run("build" "${CMAKE_COMMAND}" --build "${WORK}/build")
if(KIND STREQUAL "learner")
    run("its own tests" "${CMAKE_CTEST_COMMAND}" --test-dir "${WORK}/build" --output-on-failure --no-tests=error)
    # They look at something: a client that asks without end does not pass.
    file(READ "${project}/src/client.cpp" client)
    string(REPLACE "APILAB_CHECK(answer.error_for_status());"
        "for (int i = 0; i < 9; ++i) { (void)client_.get(options_.url + \"/never-published\"); }" greedy "${client}")
    if(greedy STREQUAL client)
        message(FATAL_ERROR "the client has changed: nothing was broken")
    endif()
    file(WRITE "${project}/src/client.cpp" "${greedy}")
    run("build" "${CMAKE_COMMAND}" --build "${WORK}/build")
    execute_process(COMMAND "${CMAKE_CTEST_COMMAND}" --test-dir "${WORK}/build"
        RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(status EQUAL 0)
        message(FATAL_ERROR "a client that asks again for what is not there passes:\n${output}")
    endif()
else()
    find_program(program ${KIND} PATHS "${WORK}/build" "${WORK}/build/bin" NO_DEFAULT_PATH REQUIRED)
    run("run" "${program}")
endif()
file(REMOVE_RECURSE "${WORK}")
