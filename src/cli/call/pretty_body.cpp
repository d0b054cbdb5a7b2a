// Bodies for people at a terminal.

#include <fmt/format.h>

#include "apilab/base/ascii.hpp"
#include "apilab/http/json.hpp"
#include "call/call_run.hpp"

namespace apilab::cli {
namespace {

/// A larger document is printed as it is.
constexpr std::size_t pretty_max = std::size_t{8} << 20U;
constexpr std::size_t indent_width = 2;

class JsonPrinter {
public:
    explicit JsonPrinter(const Terminal& terminal) : terminal_(terminal) {}

    std::string print(http::Json value) {
        append(value, 0);
        out_ += '\n';
        return std::move(out_);
    }

private:
    void line(std::size_t depth) {
        out_ += '\n';
        out_.append(depth * indent_width, ' ');
    }

    void append(http::Json value, std::size_t depth) {
        switch (value.kind()) {
            case http::Json::Kind::object:
                append_object(value, depth);
                return;
            case http::Json::Kind::array:
                append_array(value, depth);
                return;
            case http::Json::Kind::string:
                out_ += terminal_.green(text_of(value));
                return;
            case http::Json::Kind::boolean:
            case http::Json::Kind::null:
            case http::Json::Kind::missing:
                out_ += terminal_.dim(text_of(value));
                return;
            default:
                out_ += terminal_.yellow(text_of(value));
        }
    }

    static std::string text_of(http::Json value) {
        std::string text;
        value.append_to(text);
        return without_controls(text);
    }

    void append_object(http::Json value, std::size_t depth) {
        out_ += '{';
        bool first = true;
        for (const auto& [name, member] : value.members()) {
            out_ += first ? "" : ",";
            first = false;
            line(depth + 1);
            out_ += terminal_.cyan(without_controls(http::json_quote(name))) + ": ";
            append(member, depth + 1);
        }
        if (!first) {
            line(depth);
        }
        out_ += '}';
    }

    void append_array(http::Json value, std::size_t depth) {
        out_ += '[';
        bool first = true;
        for (const auto element : value.elements()) {
            out_ += first ? "" : ",";
            first = false;
            line(depth + 1);
            append(element, depth + 1);
        }
        if (!first) {
            line(depth);
        }
        out_ += ']';
    }

    const Terminal& terminal_;
    std::string out_;
};

bool is_json(std::string_view content_type) {
    const auto type = ascii_lowered(content_type.substr(0, content_type.find(';')));
    return type.ends_with("json");
}

}  // namespace

std::string without_controls(std::string_view text) {
    constexpr unsigned char first_printable = 0x20;
    constexpr unsigned char del = 0x7F;
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool end = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
        if (end) {
            continue;
        }
        // U+0080 to U+009F are controls as well.
        const bool c1 =
            byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (c1) {
            out += fmt::format("\\u00{:02x}", static_cast<unsigned char>(text[++i]));
        } else if ((byte < first_printable && text[i] != '\n' && text[i] != '\t') || byte == del) {
            out += fmt::format("\\x{:02x}", byte);
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string pretty_body(std::string_view body, std::string_view content_type, bool format,
                        const Terminal& terminal) {
    if (format && is_json(content_type) && body.size() <= pretty_max) {
        const auto document = http::JsonDocument::parse(body);
        if (document) {
            return JsonPrinter(terminal).print(document->root());
        }
    }
    auto text = without_controls(body);
    if (!text.empty() && !text.ends_with('\n')) {
        text += '\n';
    }
    return text;
}

}  // namespace apilab::cli
