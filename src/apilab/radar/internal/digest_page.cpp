#include "apilab/radar/internal/digest_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/markup.hpp"
#include "apilab/base/utf8.hpp"

namespace apilab::radar::internal {
namespace {

constexpr std::size_t label_width = 6;

// U+202A to U+202E and U+2066 to U+2069: they make `evil` read as something else.
bool turns_direction(std::string_view three) {
    if (!three.starts_with("\xE2\x80") && !three.starts_with("\xE2\x81")) {
        return false;
    }
    const auto last = static_cast<unsigned char>(three[2]);
    return three[1] == '\x80' ? last >= 0xAA && last <= 0xAE : last >= 0xA6 && last <= 0xA9;
}

void text_section(const DigestSection& section, std::string& out) {
    out += fmt::format("\n{}\n{}\n", section.heading, std::string(section.heading.size(), '-'));
    std::size_t rank = 0;
    for (const auto& entry : section.entries) {
        out += section.ranked ? fmt::format("{:>2}. {}\n", ++rank, entry.title)
                              : fmt::format("- {}\n", entry.title);
        for (const auto& field : entry.fields) {
            out += fmt::format("    {:<{}} {}\n", field.label, label_width, field.text);
        }
    }
    if (section.more > 0) {
        out += fmt::format("  ... and {} more\n", section.more);
    }
}

void html_section(const DigestSection& section, std::string& out) {
    const auto* const list = section.ranked ? "ol" : "ul";
    out += fmt::format("<h2>{}</h2>\n<{}>\n", escape_markup(section.heading), list);
    for (const auto& entry : section.entries) {
        out += fmt::format("<li><strong>{}</strong>", escape_markup(entry.title));
        for (const auto& field : entry.fields) {
            const auto text = escape_markup(field.text);
            out += fmt::format("<br>\n{}{}{}", escape_markup(field.label),
                               field.label.empty() ? "" : ": ",
                               field.code ? fmt::format("<code>{}</code>", text) : text);
        }
        out += "</li>\n";
    }
    out += fmt::format("</{}>\n", list);
    if (section.more > 0) {
        out += fmt::format("<p>... and {} more</p>\n", section.more);
    }
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t bytes_max) {
    const bool valid = valid_utf8(text);
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool c1 =
            byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (byte == '\n' || byte == '\r' || byte == '\t') {
            out += ' ';
        } else if (byte < 0x20 || byte == 0x7F || (!valid && byte >= 0x80)) {
            out += '?';
        } else if (c1) {
            out += '?';
            i += 1;
        } else if (byte == 0xE2 && i + 2 < text.size() && turns_direction(text.substr(i, 3))) {
            out += '?';
            i += 2;
        } else {
            out += text[i];
        }
    }
    if (out.size() > bytes_max) {
        std::size_t end = bytes_max - std::min<std::size_t>(bytes_max, 3);
        while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        out = out.substr(0, end) + "...";
    }
    return out;
}

std::string digest_text(const DigestPage& page) {
    std::string out;
    for (const auto& warning : page.warnings) {
        out += warning + "\n";
    }
    out += fmt::format("{}{}\n", out.empty() ? "" : "\n", page.title);
    for (const auto& line : page.summary) {
        out += line + "\n";
    }
    for (const auto& section : page.sections) {
        text_section(section, out);
    }
    return out;
}

std::string digest_html(const DigestPage& page) {
    std::string out = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n</head>\n"
        "<body style=\"font-family:sans-serif;max-width:44em\">\n",
        escape_markup(page.title));
    for (const auto& warning : page.warnings) {
        out += fmt::format("<p><strong>{}</strong></p>\n", escape_markup(warning));
    }
    out += fmt::format("<h1>{}</h1>\n", escape_markup(page.title));
    for (const auto& line : page.summary) {
        out += fmt::format("<p>{}</p>\n", escape_markup(line));
    }
    for (const auto& section : page.sections) {
        html_section(section, out);
    }
    return out + "</body>\n</html>\n";
}

}  // namespace apilab::radar::internal
