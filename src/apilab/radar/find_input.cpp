#include "apilab/radar/find_input.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"

namespace apilab::radar {
namespace {

namespace fs = std::filesystem;

Result<fs::path> find_file(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) {
        return fail(
            Error(ErrorKind::invalid_argument, fmt::format("{} does not exist", path.string()))
                .with_remedy("give a package-lock.json, a package.json or a folder that "
                             "holds one"));
    }
    if (!fs::is_directory(status)) {
        return path;
    }
    for (const char* const name : {"npm-shrinkwrap.json", "package-lock.json", "package.json"}) {
        if (fs::is_regular_file(path / name, error)) {
            return path / name;
        }
    }
    return fail(Error(ErrorKind::invalid_argument,
                      fmt::format("no package-lock.json or package.json in {}", path.string()))
                    .with_remedy("npm install --package-lock-only writes one from package.json"));
}

// Every refusal says what to do; those that have nothing better say this.
Error with_some_remedy(Error error) {
    if (!error.remedy().empty()) {
        return error;
    }
    const bool large = error.kind() == ErrorKind::too_large;
    return std::move(error).with_remedy(
        large ? "no lockfile is that large; check that this is the right file"
              : "give a package-lock.json, a package.json or a folder that holds one");
}

Result<std::string> read_text(const fs::path& file, LockfileLimits limits) {
    auto text = read_file(file, limits.size_max);
    if (!text) {
        return fail(with_some_remedy(std::move(text).error()));
    }
    return text;
}

}  // namespace

Result<RadarInput> read_input(const fs::path& path, LockfileLimits limits) {
    APILAB_TRY(const fs::path file, find_file(path));
    APILAB_TRY(const std::string text, read_text(file, limits));
    std::optional<std::string> manifest;
    const fs::path beside = file.parent_path() / "package.json";
    std::error_code error;
    if (file.filename() != "package.json" && fs::is_regular_file(beside, error)) {
        APILAB_TRY(manifest, read_text(beside, limits));
    }
    auto dependencies = read_dependencies(text, manifest, limits);
    if (!dependencies) {
        return fail(
            with_some_remedy(std::move(dependencies).error()).in("reading " + file.string()));
    }
    return RadarInput{file, *std::move(dependencies)};
}

}  // namespace apilab::radar
