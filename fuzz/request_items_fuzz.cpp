// Each line as a word of `apilab call`: what is read has a name and a value that are in the word,
// fields make JSON that can be read again, and no message repeats a value.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/json.hpp"
#include "cli/call/json_fields.hpp"
#include "cli/call/request_items.hpp"

namespace {

using apilab::ErrorKind;
using apilab::cli::JsonFields;
using apilab::cli::RequestItem;
using apilab::cli::RequestLine;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void set(JsonFields& fields, const RequestItem& item) {
    using Kind = RequestItem::Kind;
    if (item.kind == Kind::text) {
        (void)fields.set_text(item.name, item.value);
    } else if (item.kind == Kind::json) {
        (void)fields.set_json(item.name, item.value);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    std::vector<std::string> words;
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        words.emplace_back(bytes.substr(0, end));
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    }
    const auto line = apilab::cli::parse_request_line(words);
    if (!line) {
        const auto kind = line.error().kind();
        require(kind == ErrorKind::invalid_argument || kind == ErrorKind::too_large);
        require(line.error().message().size() < 300);
        return 0;
    }
    require(!line->target.empty() && line->items.size() <= RequestLine::items_max);
    JsonFields fields;
    for (const auto& item : line->items) {
        require(item.name.size() + item.value.size() <
                words[words.size() - line->items.size() + item.number - 1].size() + 1);
        set(fields, item);
    }
    const auto text = fields.to_text();
    require(apilab::http::JsonDocument::parse(text, {.depth_max = 256}).has_value());
    return 0;
}
