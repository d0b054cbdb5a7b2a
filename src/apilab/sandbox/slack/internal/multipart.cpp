#include "apilab/sandbox/slack/internal/multipart.hpp"

#include "apilab/base/ascii.hpp"

namespace apilab::sandbox::slack::internal {
namespace {

constexpr std::size_t parts_max = 200;
constexpr std::size_t boundary_max = 70;  // RFC 2046 section 5.1.1

// `; name="value"` or `; name=value`, the name without case.
std::string parameter(std::string_view text, std::string_view name) {
    const auto lower = ascii_lowered(text);
    std::size_t at = 0;
    while ((at = lower.find(name, at)) != std::string::npos) {
        const bool whole = at > 0 && (lower[at - 1] == ';' || lower[at - 1] == ' ');
        at += name.size();
        if (!whole || at >= lower.size() || lower[at] != '=') {
            continue;
        }
        auto value = text.substr(at + 1);
        if (value.starts_with('"')) {
            value.remove_prefix(1);
            return std::string(value.substr(0, value.find('"')));
        }
        return std::string(value.substr(0, value.find_first_of("; \r\n")));
    }
    return {};
}

// The line of a part's head that says what field it is; empty where there is none.
std::string_view disposition(std::string_view head) {
    while (!head.empty()) {
        const auto end = head.find("\r\n");
        const auto line = head.substr(0, end);
        if (ascii_lowered(line).starts_with("content-disposition:")) {
            return line;
        }
        head = end == std::string_view::npos ? std::string_view() : head.substr(end + 2);
    }
    return {};
}

}  // namespace

std::optional<std::vector<FormPart>> read_multipart(std::string_view body,
                                                    std::string_view content_type) {
    const auto boundary = parameter(content_type, "boundary");
    if (boundary.empty() || boundary.size() > boundary_max) {
        return std::nullopt;
    }
    const auto line = "--" + boundary;
    std::vector<FormPart> parts;
    auto at = body.find(line);
    while (at != std::string_view::npos) {
        auto rest = body.substr(at + line.size());
        if (rest.starts_with("--")) {
            return parts;
        }
        const auto head_end = rest.find("\r\n\r\n");
        const auto end = rest.find("\r\n" + line);
        if (!rest.starts_with("\r\n") || head_end == std::string_view::npos ||
            end == std::string_view::npos || end < head_end || parts.size() == parts_max) {
            return std::nullopt;
        }
        const auto said = disposition(rest.substr(2, head_end - 2));
        const auto begin = head_end + 4;
        parts.push_back(
            {.name = parameter(said, "name"),
             .file_name = parameter(said, "filename"),
             .body = end >= begin ? rest.substr(begin, end - begin) : std::string_view()});
        at = static_cast<std::size_t>(rest.data() - body.data()) + end + 2;
    }
    return std::nullopt;
}

}  // namespace apilab::sandbox::slack::internal
