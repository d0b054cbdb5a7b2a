#include "apilab/sandbox/google/mail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "apilab/base/ascii.hpp"
#include "apilab/base/base64.hpp"
#include "apilab/http/headers.hpp"
#include "apilab/sandbox/internal/utf8.hpp"

namespace apilab::sandbox::google {
namespace {

constexpr std::size_t snippet_max = 200;
constexpr int depth_max = 20;
constexpr std::size_t parts_max = 1000;

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

// A parameter of a structured field: `boundary` of `multipart/mixed; boundary="x"`.
std::string parameter(std::string_view field, std::string_view name) {
    auto at = field.find(';');
    while (at != std::string_view::npos) {
        auto rest = field.substr(at + 1);
        const auto equals = rest.find('=');
        if (equals == std::string_view::npos) {
            break;
        }
        const auto key = trimmed(rest.substr(0, equals));
        auto value = trimmed(rest.substr(equals + 1));
        const bool quoted = value.starts_with('"');
        const auto end = quoted ? value.find('"', 1) : value.find(';');
        const auto text = quoted ? value.substr(1, end == std::string_view::npos ? end : end - 1)
                                 : trimmed(value.substr(0, end));
        if (http::iequals(key, name)) {
            return std::string(text);
        }
        const auto behind = quoted && end != std::string_view::npos ? value.find(';', end) : end;
        at = behind == std::string_view::npos
                 ? behind
                 : static_cast<std::size_t>(value.data() - field.data()) + behind;
    }
    return {};
}

// Text that only says it is base64 stays as it is.
std::string undo_base64(std::string_view body) {
    std::string kept;
    for (const char c : body) {
        if (ascii_alnum(c) || c == '+' || c == '/') {
            kept += c;
        } else if (c != '=' && c != '\r' && c != '\n') {
            return std::string(body);
        }
    }
    if (kept.size() % 4 == 1) {
        kept.pop_back();
    }
    kept.append((4 - kept.size() % 4) % 4, '=');
    return base64_decode(kept).value_or(std::string(body));
}

std::string undo_quoted_printable(std::string_view body) {
    std::string text;
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (body[i] != '=') {
            text += body[i];
            continue;
        }
        const auto rest = body.substr(i + 1);
        if (rest.starts_with("\r\n") || rest.starts_with('\n')) {
            i += rest.front() == '\r' ? 2 : 1;
            continue;
        }
        unsigned value = 0;
        const auto two = rest.substr(0, 2);
        const auto read = std::from_chars(two.data(), two.data() + two.size(), value, 16);
        if (two.size() == 2 && read.ptr == two.data() + 2) {
            text += static_cast<char>(value);
            i += 2;
        } else {
            text += '=';
        }
    }
    return text;
}

// The fields at the head of `text`, which are taken from it; false where there is none but text.
bool take_headers(std::string_view& text, MailPart& part) {
    while (!text.empty()) {
        const auto rest = text;
        const auto line = take_line(text);
        if (line.empty()) {
            return true;
        }
        if ((line.front() == ' ' || line.front() == '\t') && !part.headers.empty()) {
            part.headers.back().second += " " + std::string(trimmed(line));
            continue;
        }
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) {
            text = rest;  // the body begins without an empty line
            return !part.headers.empty();
        }
        part.headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    }
    return true;
}

// What stands between the lines of a boundary.
std::vector<std::string_view> split_parts(std::string_view text, const std::string& boundary) {
    std::vector<std::string_view> parts;
    const auto delimiter = "--" + boundary;
    const char* begin = nullptr;
    const char* const end = text.data() + text.size();
    while (!text.empty() && parts.size() < parts_max) {
        const char* const at = text.data();
        const auto line = take_line(text);
        const auto behind = line.substr(std::min(delimiter.size(), line.size()));
        const bool closes = behind.starts_with("--");
        if (!line.starts_with(delimiter) || (!closes && !trimmed(behind).empty())) {
            continue;
        }
        if (begin != nullptr) {
            std::string_view part(begin, static_cast<std::size_t>(at - begin));
            part.remove_suffix(part.ends_with("\r\n") ? 2 : part.ends_with('\n') ? 1 : 0);
            parts.push_back(part);
        }
        begin = text.data();
        if (closes) {
            return parts;
        }
    }
    if (begin != nullptr && begin != end) {
        parts.emplace_back(begin, static_cast<std::size_t>(end - begin));  // never closed
    }
    return parts;
}

void read_body(std::string_view text, MailPart& part, int depth) {
    const auto field = part.header("content-type");
    if (!field.empty()) {
        part.type = ascii_lowered(trimmed(field.substr(0, field.find(';'))));
    }
    part.filename = parameter(part.header("content-disposition"), "filename");
    if (part.filename.empty()) {
        part.filename = parameter(field, "name");
    }
    const auto boundary = parameter(field, "boundary");
    if (part.type.starts_with("multipart/") && !boundary.empty() && depth < depth_max) {
        for (auto inner : split_parts(text, boundary)) {
            MailPart child;
            const auto whole = inner;
            if (!take_headers(inner, child)) {
                child.headers.clear();
                inner = whole;
            }
            read_body(inner, child, depth + 1);
            part.parts.push_back(std::move(child));
        }
        return;
    }
    const auto encoding = ascii_lowered(trimmed(part.header("content-transfer-encoding")));
    part.body = encoding == "base64"             ? undo_base64(text)
                : encoding == "quoted-printable" ? undo_quoted_printable(text)
                                                 : std::string(text);
}

const MailPart* first_text(const MailPart& part, std::string_view type) {
    if (part.parts.empty()) {
        return part.type == type && part.filename.empty() ? &part : nullptr;
    }
    for (const auto& inner : part.parts) {
        if (const auto* found = first_text(inner, type)) {
            return found;
        }
    }
    return nullptr;
}

std::string_view escaped(char c) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#39;";
        default:
            return {};
    }
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

std::string_view MailPart::header(std::string_view name) const {
    const auto found = std::ranges::find_if(
        headers, [&](const auto& field) { return http::iequals(field.first, name); });
    return found == headers.end() ? std::string_view() : found->second;
}

std::string Mail::snippet() const {
    const auto* text = first_text(root, "text/plain");
    const auto* html = text == nullptr ? first_text(root, "text/html") : nullptr;
    const std::string_view from = text != nullptr   ? std::string_view(text->body)
                                  : html != nullptr ? std::string_view(html->body)
                                                    : std::string_view();
    std::string line;
    std::size_t characters = 0;
    bool in_tag = false;
    for (const char c : from) {
        const bool begins = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
        if (begins && characters == snippet_max) {
            break;
        }
        if (html != nullptr && (c == '<' || in_tag)) {
            in_tag = c != '>';
            continue;
        }
        const bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
        if (space && (line.empty() || line.back() == ' ')) {
            continue;
        }
        characters += begins ? 1 : 0;
        const auto safe = escaped(c);
        line += space ? std::string_view(" ") : safe.empty() ? std::string_view(&c, 1) : safe;
    }
    if (line.ends_with(' ')) {
        line.pop_back();
    }
    return internal::repaired_utf8(line);
}

const MailPart* Mail::part(std::string_view id) const {
    const auto* at = &root;
    while (!id.empty()) {
        const auto step = id.substr(0, id.find('.'));
        id.remove_prefix(std::min(step.size() + 1, id.size()));
        std::size_t number = 0;
        const auto read = std::from_chars(step.data(), step.data() + step.size(), number);
        if (read.ptr != step.data() + step.size() || step.empty() || number >= at->parts.size()) {
            return nullptr;
        }
        at = &at->parts[number];
    }
    return at;
}

void Mail::add_header(std::string_view name, std::string_view value) {
    std::string_view rest = raw;
    MailPart skipped;
    (void)take_headers(rest, skipped);
    // Before the empty line, where there is one.
    auto at = raw.size() - rest.size();
    at -= std::string_view(raw).substr(0, at).ends_with("\r\n\r\n") ? 2
          : std::string_view(raw).substr(0, at).ends_with("\n\n")   ? 1
                                                                    : 0;
    raw.insert(at, fmt::format("{}: {}\r\n", name, value));
    root.headers.emplace_back(name, value);
}

std::optional<Mail> parse_mail(std::string_view raw) {
    Mail mail{.raw = std::string(raw)};
    if (!take_headers(raw, mail.root) || mail.root.headers.empty()) {
        return std::nullopt;
    }
    read_body(raw, mail.root, 0);
    return mail;
}

}  // namespace apilab::sandbox::google
