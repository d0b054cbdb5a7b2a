# apilab_install_package()
#
# `cmake --install` gives consumers: every module's static library and public headers, and a package
# for find_package(apilab). Called last, when all modules are known. Consumers link apilab::apilab
# (the umbrella) or single modules (apilab::http).
#
# Warnings and the developer's options stay ours: apilab_warnings is linked for the build only.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

function(apilab_install_package)
    get_property(modules GLOBAL PROPERTY APILAB_MODULES)
    add_library(apilab_umbrella INTERFACE)
    add_library(apilab::apilab ALIAS apilab_umbrella)
    set_target_properties(apilab_umbrella PROPERTIES EXPORT_NAME apilab)
    target_link_libraries(apilab_umbrella INTERFACE ${modules})
    # What is installed, and nothing else: ./lab build release apilab_library.
    add_custom_target(apilab_library DEPENDS ${modules})

    install(TARGETS ${modules} apilab_umbrella EXPORT apilab-targets
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT apilab_Development
        FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT apilab_Development)

    set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/apilab")
    install(EXPORT apilab-targets NAMESPACE apilab:: DESTINATION "${package_dir}"
        COMPONENT apilab_Development)
    configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/apilabConfig.cmake.in"
        "${PROJECT_BINARY_DIR}/apilabConfig.cmake" INSTALL_DESTINATION "${package_dir}"
        NO_SET_AND_CHECK_MACRO)
    # Before 1.0 a minor version may change the API.
    write_basic_package_version_file("${PROJECT_BINARY_DIR}/apilabConfigVersion.cmake"
        COMPATIBILITY SameMinorVersion)
    install(FILES "${PROJECT_BINARY_DIR}/apilabConfig.cmake"
        "${PROJECT_BINARY_DIR}/apilabConfigVersion.cmake"
        DESTINATION "${package_dir}" COMPONENT apilab_Development)
endfunction()
