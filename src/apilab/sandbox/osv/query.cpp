#include "apilab/sandbox/osv/query.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/osv/purl.hpp"
#include "apilab/sandbox/osv/version_order.hpp"

namespace apilab::sandbox::osv {
namespace {

// The OSV schema's list; suffixes such as `Debian:12` are cut off before. Rust's has the name of an
// address, and is left out.
constexpr std::array ecosystems{"AlmaLinux",
                                "Alpaquita",
                                "Alpine",
                                "Android",
                                "Azure Linux",
                                "BellSoft Hardened Containers",
                                "Bioconductor",
                                "Bitnami",
                                "Chainguard",
                                "CleanStart",
                                "ConanCenter",
                                "CRAN",
                                "Debian",
                                "Docker Hardened Images",
                                "Echo",
                                "FreeBSD",
                                "GHC",
                                "GIT",
                                "GitHub Actions",
                                "Go",
                                "Hackage",
                                "Hex",
                                "Julia",
                                "Kubernetes",
                                "Linux",
                                "Mageia",
                                "Maven",
                                "MinimOS",
                                "npm",
                                "NuGet",
                                "opam",
                                "openEuler",
                                "openSUSE",
                                "OSS-Fuzz",
                                "Packagist",
                                "Photon OS",
                                "Pub",
                                "PyPI",
                                "Red Hat",
                                "Rocky Linux",
                                "Root",
                                "RubyGems",
                                "SUSE",
                                "SwiftURL",
                                "TuxCare",
                                "Ubuntu",
                                "VSCode",
                                "Wolfi"};

// The cursor of a page that nothing came before; the real service hands it out too.
constexpr std::string_view start_token = "RklSU1RfUEFHRV9UT0tFTg==";

std::unexpected<Error> bad(std::string message) {
    return fail(ErrorKind::invalid_argument, std::move(message));
}

/// A type that the service does not know is taken and finds nothing.
Result<void> use_purl(std::string_view text, Query& query) {
    const auto purl = read_purl(text);
    if (!purl) {
        return bad("invalid package URL");
    }
    if (!purl->version.empty()) {
        if (!query.version.empty()) {
            return bad("version specified in params and PURL query");
        }
        query.version = purl->version;
    }
    query.findable = !purl->ecosystem.empty();
    query.ecosystem = purl->ecosystem;
    query.package = purl->name;
    return {};
}

/// Every field is a string (protojson); `null` is as if it were not there.
Result<void> check_types(http::Json from) {
    for (const auto* name : {"commit", "version", "page_token"}) {
        const auto value = from[name];
        if (!value.missing() && !value.is_null() && !value.is_string()) {
            return bad("invalid value for string field " + std::string(name));
        }
    }
    return {};
}

Result<void> read_package(http::Json package, Query& query) {
    if (const auto purl = package["purl"].string(); purl && !purl->empty()) {
        if (!package["name"].string_or("").empty() || !package["ecosystem"].string_or("").empty()) {
            return bad("name or ecosystem specified in a PURL query");
        }
        return use_purl(*purl, query);
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
    const auto bare = base_ecosystem(query.ecosystem);
    if (std::ranges::find(ecosystems, bare) == ecosystems.end()) {
        return bad("invalid ecosystem");
    }
    return {};
}

std::string check_of(const Query& query) {
    return stable_hash(query.ecosystem + "\n" + query.package + "\n" + query.version + "\n" +
                       query.commit);
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
    APILAB_CHECK(check_types(from));
    Query query{.version = std::string(from["version"].string_or(""))};
    if (const auto commit = from["commit"].string(); commit && !commit->empty()) {
        if (!is_hex(*commit)) {
            return bad("invalid commit hash");
        }
        query.commit = ascii_lowered(*commit);
        APILAB_CHECK(read_token(from["page_token"], query));
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
