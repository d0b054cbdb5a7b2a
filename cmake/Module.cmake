# apilab_module(NAME <name> HEADERS ... SOURCES ... [DEPENDS ...] [LINKS ...] [INNER ...] [TESTS ...] [TEST_LINKS ...])
#
# One folder under src/apilab, one static library apilab::<name>. HEADERS are public (installed and
# compiled on their own); anything under internal/ is listed with SOURCES. DEPENDS names other modules,
# LINKS third-party targets, INNER those that no public header shows. TESTS (foo_test.cpp beside foo.cpp) become one program, test_<name>, with
# the CTest label `unit`; TEST_LINKS names what only the tests need, such as apilab::testing.
function(apilab_module)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "HEADERS;SOURCES;DEPENDS;LINKS;INNER;TESTS;TEST_LINKS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "apilab_module(${arg_NAME}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
    endif()

    set(target apilab_${arg_NAME})
    add_library(${target} STATIC ${arg_SOURCES})
    add_library(apilab::${arg_NAME} ALIAS ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${arg_NAME}
        VERIFY_INTERFACE_HEADER_SETS ${APILAB_DEVELOPER_MODE})
    target_compile_features(${target} PUBLIC cxx_std_23)
    target_compile_definitions(${target} PUBLIC ${APILAB_ASIO_DEFINITIONS})
    target_sources(${target} PUBLIC FILE_SET HEADERS
        BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${arg_HEADERS})
    list(TRANSFORM arg_DEPENDS PREPEND apilab::)
    target_link_libraries(${target} PUBLIC ${arg_DEPENDS} ${arg_LINKS}
        PRIVATE ${arg_INNER} $<BUILD_INTERFACE:apilab_warnings>)
    set_property(GLOBAL APPEND PROPERTY APILAB_MODULES ${target})

    if(APILAB_DEVELOPER_MODE AND arg_TESTS)
        apilab_test(NAME test_${arg_NAME} LABEL unit SOURCES ${arg_TESTS}
            LINKS apilab::${arg_NAME} ${arg_TEST_LINKS})
    endif()
endfunction()

# apilab_test(NAME <program> LABEL <label> SOURCES ... LINKS ... [TIMEOUT <seconds>])
#
# A GoogleTest program whose cases CTest lists one by one. No test may need longer than TIMEOUT (60 s).
function(apilab_test)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;LABEL;TIMEOUT" "SOURCES;LINKS")
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 60)
    endif()
    add_executable(${arg_NAME} ${arg_SOURCES})
    target_include_directories(${arg_NAME} PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${arg_NAME} PRIVATE ${arg_LINKS} GTest::gmock GTest::gtest_main apilab_warnings)
    gtest_discover_tests(${arg_NAME} DISCOVERY_MODE PRE_TEST NO_PRETTY_VALUES
        PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT})
endfunction()

# apilab_reads_checkout(<source>...)
#
# These tests read files of the checkout: they get its place as APILAB_SOURCE_DIR. They alone, since an
# absolute path on a command line keeps ccache from sharing the object between two checkouts.
function(apilab_reads_checkout)
    set_property(SOURCE ${ARGV} APPEND PROPERTY
        COMPILE_DEFINITIONS APILAB_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endfunction()
