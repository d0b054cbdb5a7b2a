#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "rules.hpp"

namespace apilab::arch {
namespace {

constexpr std::string_view modules_root = "src/apilab/";

// Who may include whom. The judge (sandbox, server) must never share the code it judges, so neither
// sees policy, auth, client, provider or work; nothing in the library sees testing.
const std::map<std::string, std::set<std::string>, std::less<>>& allowed_modules() {
    static const std::map<std::string, std::set<std::string>, std::less<>> table{
        {"base", {}},
        {"http", {"base"}},
        {"cache", {"base", "http"}},
        {"runtime", {"base", "http"}},
        {"observe", {"base", "http", "runtime"}},
        {"transport", {"base", "http", "runtime"}},
        {"server", {"base", "http", "runtime"}},
        {"policy", {"base", "http"}},
        {"auth", {"base", "http", "runtime", "transport", "server", "policy"}},
        {"client", {"base", "http", "cache", "runtime", "transport", "policy"}},
        {"data", {"base", "http", "runtime", "observe", "policy", "client"}},
        {"shared", {"base", "http", "runtime", "policy", "auth"}},
        {"work", {"base", "http", "runtime", "transport", "server", "policy"}},
        {"provider",
         {"base", "http", "cache", "runtime", "transport", "policy", "auth", "client", "data"}},
        {"radar",
         {"base", "http", "cache", "runtime", "observe", "transport", "server", "policy", "auth",
          "client", "data", "shared", "work", "provider"}},
        {"sandbox", {"base", "http", "runtime", "transport", "server"}},
        {"testing", {"base", "http", "cache", "runtime", "transport", "policy", "auth", "client"}},
    };
    return table;
}

// `http` of `src/apilab/http/url.cpp` or of `apilab/http/url.hpp`.
std::string module_of(std::string_view path, std::string_view root) {
    if (!path.starts_with(root)) {
        return {};
    }
    path.remove_prefix(root.size());
    const auto slash = path.find('/');
    return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

bool allowed(std::string_view from, const std::string& to) {
    const auto entry = allowed_modules().find(from);
    return from == to || (entry != allowed_modules().end() && entry->second.contains(to));
}

struct Confinement {
    std::string_view header;
    /// Path prefixes that may include it; none: nobody.
    std::array<std::string_view, 10> where;
    std::string_view reason;
};

constexpr std::string_view granular = "it costs half a minute per file; include granular headers";
constexpr std::string_view by_hand = "feed Beast's parser by hand and write serialised bytes";
constexpr std::string_view beast = "Beast's parser is the transport's and the server's";
constexpr std::string_view tls = "TLS is the transport's and the server's";
constexpr std::string_view scheduler = "wait through the Scheduler";
constexpr std::string_view no_asio = "here are only values, pure decisions and runtime::Task";

constexpr std::string_view runtime = "src/apilab/runtime/";
constexpr std::string_view transport = "src/apilab/transport/";
constexpr std::string_view server = "src/apilab/server/";
constexpr std::string_view tests = "tests/";
constexpr std::string_view spawn = "src/apilab/runtime/internal/spawn.cpp";
constexpr std::string_view asio_impl = "src/apilab/runtime/internal/asio_impl.cpp";
constexpr std::string_view beast_impl = "src/apilab/runtime/internal/beast_impl.cpp";
// Says which versions of the libraries are at hand.
constexpr std::string_view versions = "src/cli/doctor/look_around.cpp";
constexpr std::string_view gzip = "src/apilab/http/internal/gzip_decoder.cpp";
constexpr std::string_view encode = "src/apilab/http/internal/encode.cpp";

// The first entry whose header is a prefix of the included path decides.
// clang-format off
constexpr std::array confinements{
    Confinement{"boost/beast/http.hpp", {}, granular},
    Confinement{"boost/beast.hpp", {}, granular},
    Confinement{"boost/beast/core.hpp", {}, granular},
    Confinement{"boost/beast/http/read.hpp", {}, by_hand},
    Confinement{"boost/beast/http/write.hpp", {}, by_hand},
    Confinement{"boost/beast/", {transport, server, beast_impl}, beast},
    Confinement{"boost/asio.hpp", {}, granular},
    Confinement{"boost/asio/co_spawn.hpp", {spawn}, "spawn through runtime::TaskGroup"},
    Confinement{"boost/asio/ssl", {transport, server, asio_impl, tests}, tls},
    Confinement{"boost/asio/steady_timer.hpp", {runtime, transport, server}, scheduler},
    Confinement{"boost/asio/system_timer.hpp", {}, scheduler},
    Confinement{"boost/asio/", {runtime, transport, server, "src/apilab/auth/", "src/apilab/client/",
                                "src/apilab/work/", "src/apilab/shared/internal/",
                                "src/apilab/testing/", "src/cli/", tests}, no_asio},
    Confinement{"boost/url", {"src/apilab/http/"}, "use http::Url"},
    Confinement{"simdjson", {"src/apilab/http/json.cpp"}, "parse with http::JsonDocument"},
    Confinement{"ares", {transport, versions}, "names are resolved by the transport"},
    Confinement{"curl/", {transport, "bench/", "examples/"}, "libcurl is a transport"},
    Confinement{"CLI/", {"src/cli/", "src/exercises/", "tests/simulation/"}, "command lines belong to programs"},
    Confinement{"benchmark/", {"bench/"}, "benchmarks live in bench/"},
    Confinement{"rapidcheck", {tests}, "properties belong to tests"},
    Confinement{"SQLiteCpp/", {"src/apilab/work/", "src/apilab/auth/", "src/apilab/cache/", "src/apilab/observe/", "bench/", tests}, "what is kept is the work module's"},
    Confinement{"sqlite3", {"src/apilab/work/", "src/apilab/auth/", "src/apilab/cache/", "src/apilab/observe/", "tests/durability/", versions}, "what is kept is the work module's"},
    Confinement{"hiredis", {"src/apilab/shared/internal/"}, "Redis is the shared module's"},
    Confinement{"libpq", {"src/apilab/work/", "tests/postgres/"}, "what is kept is the work module's"},
    Confinement{"zlib.h", {gzip, encode, versions}, "decode with http::ContentDecoder"},
    Confinement{"brotli/decode.h", {"src/apilab/http/internal/brotli_decoder.cpp"},
                "decode with http::ContentDecoder"},
    Confinement{"brotli/", {encode}, "only tests compress"},
    Confinement{"zstd", {"src/apilab/http/internal/zstd_decoder.cpp", encode},
                "decode with http::ContentDecoder"},
    Confinement{"date/", {"src/apilab/http/", "src/apilab/provider/", "src/apilab/radar/", "src/apilab/sandbox/", "src/apilab/work/"},
                "dates are read and written by http/date.hpp"},
};
// clang-format on

bool within(std::string_view path, std::string_view place) {
    return !place.empty() && path.starts_with(place);
}

bool is_private(std::string_view path) {
    return path.find("/internal/") != std::string_view::npos;
}

// An example is somebody else's program: it has nothing of ours, and we have nothing of it.
Violations check_examples_apart(const SourceFile& file) {
    constexpr std::string_view root = "examples/";
    const bool is_example = file.path.starts_with(root);
    const std::string own = module_of(file.path, root);
    Violations violations;
    for (const Include& include : includes_of(file.text)) {
        const bool ours = include.quoted && !(is_example && include.target.starts_with(own + "/"));
        if (is_example && (ours || include.target.starts_with("apilab/"))) {
            violations.push_back(
                {file.path, include.line, "an example stands by itself: not " + include.target});
        } else if (!is_example && (include.target.starts_with(root) ||
                                   include.target.starts_with("naive_service/"))) {
            violations.push_back(
                {file.path, include.line, "nothing of an example is used: " + include.target});
        }
    }
    return violations;
}

// Headers that others see pull in little: the standard library, ourselves, and Asio's types where
// coroutines are declared.
std::optional<std::string> public_header_violation(const SourceFile& file, const Include& include) {
    static constexpr std::array third_party{"boost/", "fmt/", "openssl/", "date/", "toml++",
                                            "CLI/",   "zlib", "brotli/",  "zstd"};
    const bool foreign = std::ranges::any_of(
        third_party, [&](std::string_view prefix) { return include.target.starts_with(prefix); });
    if (!foreign || !file.path.starts_with(modules_root) || !file.path.ends_with(".hpp") ||
        is_private(file.path)) {
        return std::nullopt;
    }
    const auto module = module_of(file.path, modules_root);
    if (include.target.starts_with("boost/asio/") && module == "runtime") {
        return std::nullopt;
    }
    // Structs are described for us by whoever has them: macros and templates, no library behind.
    if (module == "data" && (include.target.starts_with("boost/describe/") ||
                             include.target.starts_with("boost/mp11/"))) {
        return std::nullopt;
    }
    return "a public header includes <" + include.target +
           ">; declare it forward, or move it to the .cpp or to internal/";
}

}  // namespace

Violations check_include_direction(const SourceFile& file) {
    Violations violations = check_examples_apart(file);
    const bool in_modules = file.path.starts_with(modules_root);
    const std::string from = module_of(file.path, modules_root);
    if (in_modules && !allowed_modules().contains(from)) {
        violations.push_back({file.path, 0, "module '" + from + "' has no place among the layers"});
        return violations;
    }
    for (const Include& include : includes_of(file.text)) {
        const std::string to = module_of(include.target, "apilab/");
        if (to.empty()) {
            continue;
        }
        // Tests, fuzz targets and benchmarks of a private part stand outside of its module.
        const bool outside = within(file.path, "tests/") || within(file.path, "fuzz/") ||
                             within(file.path, "bench/");
        if (is_private("/" + include.target) && to != from && !outside) {
            violations.push_back({file.path, include.line,
                                  "includes " + include.target + ", which is private to " + to});
        } else if (in_modules && !is_test(file.path) && !allowed(from, to)) {
            violations.push_back({file.path, include.line, from + " must not include " + to});
        }
    }
    return violations;
}

Violations check_declared_depends(const SourceFile& file) {
    Violations violations;
    const std::string from = module_of(file.path, modules_root);
    const auto module = file.text.find("apilab_module(");
    const auto depends = module == std::string::npos ? module : file.text.find("DEPENDS", module);
    if (from.empty() || depends == std::string::npos || file.text.find(')', module) < depends) {
        return violations;
    }
    std::string_view rest = std::string_view(file.text).substr(depends + 7);
    while (true) {
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t\n"), rest.size()));
        const std::string word(rest.substr(0, rest.find_first_of(" \t\n)")));
        if (word.empty() || word == "LINKS" || word == "TESTS" || word == "TEST_LINKS" ||
            word == "SOURCES" || word == "HEADERS") {
            return violations;
        }
        if (!allowed(from, word)) {
            violations.push_back(
                {file.path, line_at(file.text, depends), from + " must not depend on " + word});
        }
        rest.remove_prefix(word.size());
    }
}

Violations check_third_party(const SourceFile& file) {
    Violations violations;
    for (const Include& include : includes_of(file.text)) {
        const auto* entry = std::ranges::find_if(confinements, [&](const Confinement& candidate) {
            return include.target.starts_with(candidate.header);
        });
        if (entry != confinements.end() &&
            std::ranges::none_of(entry->where, [&](std::string_view place) {
                return within(file.path, place) || (place == "tests/" && is_test(file.path));
            })) {
            violations.push_back(
                {file.path, include.line,
                 "includes <" + include.target + ">: " + std::string(entry->reason)});
        } else if (auto message = public_header_violation(file, include)) {
            violations.push_back({file.path, include.line, *message});
        }
    }
    return violations;
}

Violations check_include_style(const SourceFile& file) {
    Violations violations;
    const auto includes = includes_of(file.text);
    for (const Include& include : includes) {
        if (include.target.starts_with("../") || include.target.starts_with("./")) {
            violations.push_back(
                {file.path, include.line, "include by full path, not " + include.target});
        } else if (file.path.starts_with(modules_root) && include.quoted &&
                   !include.target.starts_with("apilab/")) {
            violations.push_back(
                {file.path, include.line, "quotes are for \"apilab/...\" headers"});
        }
    }
    return violations;
}

}  // namespace apilab::arch
