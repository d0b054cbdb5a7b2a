# Debian 12 packages only; what each is for stands in docs/adr/0011-dependencies.md.

find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(fmt REQUIRED)
find_package(simdjson REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(date REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(SQLiteCpp REQUIRED)
find_package(ZLIB REQUIRED)
# From this version on it can be told which protocols it may speak, and asks before it sends.
find_package(CURL 7.85 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(BROTLIDEC REQUIRED IMPORTED_TARGET libbrotlidec)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
# Not find_package(PostgreSQL), which asks for the server's headers.
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)

if(APILAB_CLI OR APILAB_DEVELOPER_MODE)
    find_package(CLI11 REQUIRED)
endif()
if(APILAB_DEVELOPER_MODE)
    find_package(GTest REQUIRED)
    find_package(rapidcheck REQUIRED)
    # Tests compress what the library only decompresses.
    pkg_check_modules(BROTLIENC REQUIRED IMPORTED_TARGET libbrotlienc)
    include(GoogleTest)
endif()
