#include "trace/trace_place.hpp"

#include <fmt/format.h>

#include <system_error>

#include "apilab/base/try.hpp"
#include "environment.hpp"

namespace apilab::cli {

namespace fs = std::filesystem;

std::optional<fs::path> trace_store_path(const std::string& file) {
    if (!file.empty()) {
        return file;
    }
    if (const auto named = environment("APILAB_TRACES")) {
        return *named;
    }
    if (const auto state = environment("XDG_STATE_HOME")) {
        return fs::path(*state) / "apilab" / "traces.db";
    }
    if (const auto home = environment("HOME")) {
        return fs::path(*home) / ".local" / "state" / "apilab" / "traces.db";
    }
    return std::nullopt;
}

Result<std::unique_ptr<observe::TraceStore>> open_trace_store(const std::string& file) {
    const auto path = trace_store_path(file);
    if (!path) {
        return fail(Error(ErrorKind::invalid_argument, "there is no place for traces")
                        .with_remedy("set --traces, APILAB_TRACES or HOME"));
    }
    const auto folder = path->parent_path();
    std::error_code code;
    if (!folder.empty() && fs::create_directories(folder, code) && !code) {
        fs::permissions(folder, fs::perms::owner_all, code);
    }
    if (code) {
        return fail(ErrorKind::io, fmt::format("{}: {}", folder.string(), code.message()));
    }
    return observe::TraceStore::open(*path);
}

}  // namespace apilab::cli
