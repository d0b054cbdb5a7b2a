// Bytes as a baseline file: what is read is written and read the same; and as an answer whose shape
// is learnt, kept, and no change to itself.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "apilab/data/shape.hpp"

namespace {

using apilab::data::Shape;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void reads_back(const Shape& shape) {
    const auto text = shape.to_text();
    const auto again = Shape::parse(text);
    require(again.has_value());
    require(again->to_text() == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto shape = Shape::parse(text)) {
        reads_back(*shape);
        require(shape->changes(*shape).empty());
    }
    if (const auto document = apilab::http::JsonDocument::parse(text)) {
        Shape shape;
        shape.observe(document->root());
        require(shape.changes(shape).empty());
        reads_back(shape);
        Shape twice = shape;
        twice.merge(shape);
        require(twice.changes(shape).empty());
    }
    return 0;
}
