#include "apilab/sandbox/google/mail.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/base64.hpp"
#include "apilab/http/headers.hpp"

namespace apilab::sandbox::google {
namespace {

constexpr std::string_view boundary = "apilab-part";
constexpr std::size_t snippet_max = 100;

// The next line without its end, which is taken from `text` as well.
std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos
               ? std::string_view()
               : text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::string part_text(const MailPart& part) {
    const auto name =
        part.filename.empty()
            ? std::string()
            : fmt::format("Content-Disposition: attachment; filename=\"{}\"\r\n", part.filename);
    return fmt::format("--{}\r\nContent-Type: {}\r\n{}\r\n{}\r\n", boundary, part.type, name,
                       part.body);
}

}  // namespace

std::string base64url_encode(std::string_view bytes) {
    auto text = base64_encode(bytes);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text;
}

std::optional<std::string> base64url_decode(std::string_view text) {
    std::string standard(text);
    std::ranges::replace(standard, '-', '+');
    std::ranges::replace(standard, '_', '/');
    if (!standard.contains('=')) {
        standard.append((4 - standard.size() % 4) % 4, '=');
    }
    return base64_decode(standard);
}

std::string_view Mail::header(std::string_view name) const {
    const auto found = std::ranges::find_if(
        headers, [&](const auto& field) { return http::iequals(field.first, name); });
    return found == headers.end() ? std::string_view() : found->second;
}

std::string Mail::raw() const {
    std::string text;
    for (const auto& [name, value] : headers) {
        text += fmt::format("{}: {}\r\n", name, value);
    }
    if (parts.size() < 2) {
        return text + "\r\n" + (parts.empty() ? "" : parts.front().body);
    }
    text += "\r\n";
    for (const auto& part : parts) {
        text += part_text(part);
    }
    return text + fmt::format("--{}--\r\n", boundary);
}

std::string Mail::snippet() const {
    std::string text = parts.empty() ? "" : parts.front().body.substr(0, snippet_max);
    std::ranges::replace(text, '\n', ' ');
    std::erase(text, '\r');
    return text;
}

std::optional<Mail> parse_mail(std::string_view raw) {
    Mail mail;
    while (!raw.empty()) {
        const auto line = take_line(raw);
        if (line.empty()) {
            break;
        }
        if ((line.front() == ' ' || line.front() == '\t') && !mail.headers.empty()) {
            mail.headers.back().second += " " + std::string(trimmed(line));
            continue;
        }
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) {
            return std::nullopt;
        }
        mail.headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    }
    if (mail.headers.empty()) {
        return std::nullopt;
    }
    const auto type = mail.header("content-type");
    mail.parts.push_back(
        {.type = type.empty() ? "text/plain" : std::string(trimmed(type.substr(0, type.find(';')))),
         .filename = {},
         .body = std::string(raw)});
    return mail;
}

}  // namespace apilab::sandbox::google
