#include "apilab/sandbox/osv/query.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "apilab/base/try.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/internal/conditional.hpp"

namespace apilab::sandbox::osv {
namespace {

// Names of the OSV schema's list that a sandbox of npm packages may be asked for; suffixes such as
// `Debian:12` are cut off before. Rust's has the name of an address, and is left out.
constexpr std::array ecosystems{"npm",      "PyPI",    "Go",        "Maven",         "NuGet",
                                "RubyGems", "GIT",     "Packagist", "Hex",           "Pub",
                                "Debian",   "Alpine",  "Ubuntu",    "Linux",         "OSS-Fuzz",
                                "Android",  "GHC",     "Hackage",   "SwiftURL",      "ConanCenter",
                                "CRAN",     "Red Hat", "Bitnami",   "GitHub Actions"};

// The cursor of a page that nothing came before; the real service hands it out too.
constexpr std::string_view start_token = "RklSU1RfUEFHRV9UT0tFTg==";

std::unexpected<Error> bad(std::string message) {
    return fail(ErrorKind::invalid_argument, std::move(message));
}

/// `pkg:npm/%40octo/util@1.2.0`. A type other than npm is taken and finds nothing.
Result<void> read_purl(std::string_view purl, Query& query) {
    if (!purl.starts_with("pkg:")) {
        return bad("invalid package URL");
    }
    purl.remove_prefix(4);
    purl = purl.substr(0, purl.find_first_of("?#"));
    const auto slash = purl.find('/');
    if (slash == std::string_view::npos || slash + 1 == purl.size()) {
        return bad("invalid package URL");
    }
    query.findable = purl.substr(0, slash) == "npm";
    auto name = purl.substr(slash + 1);
    // A scope's own `@` is escaped, or at least stands first.
    if (const auto at = name.rfind('@'); at != std::string_view::npos && at != 0) {
        if (!query.version.empty()) {
            return bad("version specified in params and PURL query");
        }
        query.version = http::percent_decode(name.substr(at + 1));
        name = name.substr(0, at);
    }
    query.ecosystem = "npm";
    query.package = http::percent_decode(name);
    return {};
}

Result<void> read_package(http::Json package, Query& query) {
    if (const auto purl = package["purl"].string(); purl && !purl->empty()) {
        if (!package["name"].string_or("").empty() || !package["ecosystem"].string_or("").empty()) {
            return bad("name or ecosystem specified in a PURL query");
        }
        return read_purl(*purl, query);
    }
    query.package = package["name"].string_or("");
    query.ecosystem = package["ecosystem"].string_or("");
    if (query.package.empty()) {
        return bad("invalid query: package name is required");
    }
    if (query.ecosystem.empty()) {
        // Allowed with a version, for C and C++ sources; nothing of that kind lives here.
        query.findable = false;
        return query.version.empty() ? Result<void>(bad("ecosystem not specified"))
                                     : Result<void>();
    }
    const auto bare = std::string_view(query.ecosystem).substr(0, query.ecosystem.find(':'));
    if (std::ranges::find(ecosystems, bare) == ecosystems.end()) {
        return bad("invalid ecosystem");
    }
    return {};
}

std::string check_of(const Query& query) {
    return stable_hash(query.ecosystem + "\n" + query.package + "\n" + query.version);
}

Result<void> read_token(http::Json token, Query& query) {
    const auto text = token.string_or("");
    if (text.empty()) {
        return {};
    }
    if (text == start_token) {
        query.continued = true;
        return {};
    }
    const auto dot = text.find('.');
    if (dot == std::string_view::npos || text.substr(0, dot) != check_of(query)) {
        return bad("invalid cursor");
    }
    const auto number = text.substr(dot + 1);
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), query.offset);
    if (number.empty() || error != std::errc() || end != number.data() + number.size()) {
        return bad("invalid cursor");
    }
    query.continued = true;
    return {};
}

bool is_hex(std::string_view text) {
    return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

}  // namespace

Result<Query> read_query(http::Json from) {
    if (!from.is_object()) {
        return bad("invalid query");
    }
    Query query{.version = std::string(from["version"].string_or(""))};
    if (const auto commit = from["commit"].string(); commit && !commit->empty()) {
        if (!is_hex(*commit)) {
            return bad("invalid commit hash");
        }
        query.findable = false;
        return query;
    }
    if (!from["package"].is_object()) {
        return bad("invalid query");
    }
    APILAB_CHECK(read_package(from["package"], query));
    APILAB_CHECK(read_token(from["page_token"], query));
    return query;
}

std::string page_token(const Query& query, std::size_t offset) {
    return offset == 0 ? std::string(start_token) : check_of(query) + "." + std::to_string(offset);
}

}  // namespace apilab::sandbox::osv
