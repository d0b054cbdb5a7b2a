#include "apilab/radar/github_repository.hpp"

#include <algorithm>

#include "apilab/radar/internal/semver_text.hpp"

namespace apilab::radar {
namespace {

constexpr std::size_t name_max = 100;

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= name_max && name != "." && name != ".." &&
           std::ranges::all_of(name, [](char c) {
               return internal::is_identifier_char(c) || c == '.' || c == '_';
           });
}

/// Removes `prefix` where it is there; host names are case-insensitive.
bool take(std::string_view& text, std::string_view prefix) {
    const auto same = [](char a, char b) {
        return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b);
    };
    if (text.size() < prefix.size() || !std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                   [&](char p, char t) { return same(t, p); })) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

std::string_view take_segment(std::string_view& path) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    return segment;
}

std::optional<GithubRepository> parse_path(std::string_view path) {
    path = path.substr(0, path.find_first_of("#?"));
    const std::string_view owner = take_segment(path);
    std::string_view name = take_segment(path);
    if (name.ends_with(".git")) {
        name.remove_suffix(4);
    }
    if (!is_name(owner) || !is_name(name)) {
        return std::nullopt;
    }
    GithubRepository out{std::string(owner), std::string(name), {}};
    if (take(path, "tree/")) {
        take_segment(path);  // the branch
        while (path.ends_with('/')) {
            path.remove_suffix(1);
        }
        out.directory = path;
    }
    return out;
}

}  // namespace

std::optional<GithubRepository> parse_github_repository(std::string_view text) {
    text = internal::trim(text);
    if (take(text, "github:")) {
        return parse_path(text);
    }
    take(text, "git+");
    const bool with_scheme = take(text, "https://") || take(text, "http://") ||
                             take(text, "git://") || take(text, "ssh://");
    take(text, "git@");
    if (take(text, "github.com/") || take(text, "github.com:") || take(text, "www.github.com/")) {
        return parse_path(text);
    }
    const bool shorthand = !with_scheme && text.find(':') == std::string_view::npos &&
                           std::ranges::count(text, '/') == 1 && !text.starts_with('@') &&
                           !text.starts_with('.');
    return shorthand ? parse_path(text) : std::nullopt;
}

std::optional<GithubRepository> parse_github_repository(http::Json repository) {
    const auto text = repository.is_object() ? repository["url"].string() : repository.string();
    if (!text) {
        return std::nullopt;
    }
    auto out = parse_github_repository(*text);
    if (out) {
        if (const auto directory = repository["directory"].string()) {
            out->directory = *directory;
        }
    }
    return out;
}

}  // namespace apilab::radar
