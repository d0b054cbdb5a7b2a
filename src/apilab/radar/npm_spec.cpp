#include "apilab/radar/npm_spec.hpp"

#include <algorithm>
#include <initializer_list>

#include "apilab/radar/internal/semver_text.hpp"
#include "apilab/radar/semver_range.hpp"

namespace apilab::radar {
namespace {

bool is_name_part(std::string_view part) {
    return !part.empty() && part != "." && part != ".." && std::ranges::all_of(part, [](char c) {
        return internal::is_identifier_char(c) || c == '.' || c == '_' || c == '~';
    });
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
    return std::ranges::any_of(prefixes, [&](auto prefix) { return text.starts_with(prefix); });
}

NpmSpec parse_alias(std::string_view text, std::string_view rest) {
    // The scope's own @ is no separator.
    const std::size_t at = std::min(rest.find('@', 1), rest.size());
    const std::string_view name = rest.substr(0, at);
    if (!is_package_name(name)) {
        return {NpmSpec::Kind::unreadable, {}, std::string(text)};
    }
    NpmSpec spec = parse_npm_spec(rest.substr(std::min(at + 1, rest.size())));
    if (!spec.from_registry() || !spec.alias_of.empty()) {
        return {NpmSpec::Kind::unreadable, {}, std::string(text)};
    }
    spec.alias_of = name;
    return spec;
}

}  // namespace

bool is_package_name(std::string_view name) {
    if (name.size() > package_name_max) {
        return false;
    }
    if (!name.starts_with('@')) {
        return is_name_part(name);
    }
    const std::size_t slash = name.find('/');
    return slash != std::string_view::npos && is_name_part(name.substr(1, slash - 1)) &&
           is_name_part(name.substr(slash + 1));
}

NpmSpec parse_npm_spec(std::string_view text) {
    using Kind = NpmSpec::Kind;
    text = internal::trim(text);
    if (text.starts_with("npm:")) {
        return parse_alias(text, text.substr(4));
    }
    const std::string whole(text);
    if (starts_with_any(text, {"file:", "link:", "portal:", "workspace:", ".", "/", "~/"})) {
        return {Kind::local, {}, whole};
    }
    if (starts_with_any(
            text, {"git+", "git:", "git@", "ssh:", "github:", "gitlab:", "bitbucket:", "gist:"})) {
        return {Kind::git, {}, whole};
    }
    if (starts_with_any(text, {"http:", "https:"})) {
        return {text.ends_with(".git") ? Kind::git : Kind::tarball, {}, whole};
    }
    if (SemVerRange::parse(text, {.mode = SemVerMode::loose})) {
        return {Kind::range, {}, text.empty() ? "*" : whole};
    }
    if (text.find('/') != std::string_view::npos) {
        return {Kind::git, {}, whole};  // owner/repository
    }
    return {Kind::tag, {}, whole};
}

std::string_view describe(NpmSpec::Kind kind) {
    switch (kind) {
        case NpmSpec::Kind::range:
        case NpmSpec::Kind::tag:
            return "from the registry";
        case NpmSpec::Kind::git:
            return "from git";
        case NpmSpec::Kind::tarball:
            return "from a tarball";
        case NpmSpec::Kind::local:
            return "from a local folder or workspace";
        case NpmSpec::Kind::unreadable:
            break;
    }
    return "an alias that cannot be read";
}

}  // namespace apilab::radar
