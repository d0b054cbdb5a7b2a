// Bytes as JSON: what is read can be walked, pointed into and written, and reads back the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/http/json.hpp"

namespace {

using apilab::http::Json;
using apilab::http::JsonDocument;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// As deep as the document's limit lets it be.
void walk(const Json& value) {
    const auto kind = value.kind();
    require(kind != Json::Kind::missing);
    require(value.string().has_value() == (kind == Json::Kind::string));
    require(value.boolean().has_value() == (kind == Json::Kind::boolean));
    require(value.number().has_value() ==
            (kind == Json::Kind::integer || kind == Json::Kind::number));
    std::size_t count = 0;
    for (const auto element : value.elements()) {
        if (count < 8) {
            require(!value.at_pointer("/" + std::to_string(count)).missing());
        }
        walk(element);
        ++count;
    }
    for (const auto& [key, member] : value.members()) {
        require(!value[key].missing());
        if (count < 8) {
            require(!value.at_pointer(apilab::http::pointer_step(key)).missing());
        }
        walk(member);
        ++count;
    }
    require(count == value.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto document = JsonDocument::parse(text)) {
        walk(document->root());
        const std::string written = document->root().to_text();
        const auto again = JsonDocument::parse(written);
        require(again.has_value());
        require(again->root().to_text() == written);
        std::string exact;
        document->root().append_to(exact);
        const auto unchanged = JsonDocument::parse(exact);
        require(unchanged.has_value());
        require(unchanged->root().to_text() == written);
        std::string twice;
        unchanged->root().append_to(twice);
        require(twice == exact);
        (void)document->root().at_pointer(text);
        (void)document->root()[text];
    } else {
        require(!document.error().message().empty());
    }
    (void)JsonDocument::parse(text, {.size_max = 100, .depth_max = 3});
    const auto quoted = JsonDocument::parse(apilab::http::json_quote(text));
    require(!quoted || quoted->root().string() == text);
    return 0;
}
