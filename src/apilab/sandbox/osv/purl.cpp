#include "apilab/sandbox/osv/purl.hpp"

#include <algorithm>
#include <array>

#include "apilab/base/ascii.hpp"
#include "apilab/http/url.hpp"

namespace apilab::sandbox::osv {
namespace {

struct Kind {
    std::string_view type, ecosystem;
};
// purl-spec, "purl-types"; one type has the name of an address, and is left out.
constexpr std::array<Kind, 16> kinds{{
    {"apk", "Alpine"},
    {"bitnami", "Bitnami"},
    {"composer", "Packagist"},
    {"conan", "ConanCenter"},
    {"cran", "CRAN"},
    {"deb", "Debian"},
    {"gem", "RubyGems"},
    {"golang", "Go"},
    {"hackage", "Hackage"},
    {"hex", "Hex"},
    {"maven", "Maven"},
    {"npm", "npm"},
    {"nuget", "NuGet"},
    {"pub", "Pub"},
    {"pypi", "PyPI"},
    {"swift", "SwiftURL"},
}};

// As the ecosystem writes a name that a package URL splits into namespace and name.
std::string own_name(std::string_view ecosystem, std::string name) {
    if (ecosystem == "Maven") {
        if (const auto slash = name.rfind('/'); slash != std::string::npos) {
            name[slash] = ':';
        }
    } else if (ecosystem == "Debian" || ecosystem == "Alpine") {
        name = name.substr(name.find('/') + 1);
    } else if (ecosystem == "PyPI") {
        name = ascii_lowered(name);
        std::ranges::replace(name, '_', '-');
    }
    return name;
}

}  // namespace

std::optional<Purl> read_purl(std::string_view text) {
    if (!text.starts_with("pkg:")) {
        return std::nullopt;
    }
    text.remove_prefix(4);
    text = text.substr(0, text.find_first_of("?#"));
    const auto slash = text.find('/');
    if (slash == std::string_view::npos || slash + 1 == text.size()) {
        return std::nullopt;
    }
    const auto found = std::ranges::find(kinds, text.substr(0, slash), &Kind::type);
    auto name = text.substr(slash + 1);
    Purl out;
    // A scope's own `@` is escaped, or at least stands first.
    if (const auto at = name.rfind('@'); at != std::string_view::npos && at != 0) {
        out.version = http::percent_decode(name.substr(at + 1));
        name = name.substr(0, at);
    }
    out.ecosystem = found == kinds.end() ? "" : std::string(found->ecosystem);
    out.name = own_name(out.ecosystem, http::percent_decode(name));
    return out;
}

}  // namespace apilab::sandbox::osv
