#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"

namespace apilab::cli {

/// JSON made of single fields, each with its path (HTTPie's nested JSON,
/// httpie.io/docs/cli/nested-json):
///
///     name          a member of the outermost object
///     a[b][c]       a member of a member
///     a[]           one more element of an array
///     a[3]          an element by its place; those before it become null where there are none
///     [], [0]       the outermost value is an array itself
///     a\[b\], [\5]  brackets, a backslash and a number as part of a name
///
/// A field that comes twice has its last value. A value that is null may become an object or an
/// array; anything else stays what it is.
class JsonFields {
public:
    /// The largest place in an array: so many elements may have to be made for one field.
    static constexpr std::size_t place_max = 10'000;
    static constexpr std::size_t depth_max = 64;

    /// Errors (`invalid_argument`): the path cannot be read (where, and what was expected there),
    /// or goes through a value of another type (which); `value` is no UTF-8.
    [[nodiscard]] Result<void> set_text(std::string_view path, std::string_view value);
    /// The same with a value that is JSON. Numbers stay as they are written. Errors: those of
    /// `set_text`, and of `http::JsonDocument::parse` as `invalid_argument`.
    [[nodiscard]] Result<void> set_json(std::string_view path, std::string_view json);

    [[nodiscard]] bool empty() const { return root_.kind == Node::Kind::null; }
    /// Compact; `{}` where nothing was set.
    [[nodiscard]] std::string to_text() const;

private:
    struct Node {
        enum class Kind : unsigned char { null, scalar, array, object };
        Kind kind = Kind::null;
        /// Of a scalar, as JSON.
        std::string text;
        /// `string`, `number` or `boolean`, for messages.
        std::string_view type;
        /// Of an object, beside `children`.
        std::vector<std::string> names;
        std::vector<Node> children;
    };
    struct Step;
    static Result<std::vector<Step>> steps_of(std::string_view path);
    static Node node_of(http::Json value);
    static void append(std::string& out, const Node& node);
    static Result<Node*> enter(Node& at, const Step& step, std::string_view path);
    Result<void> set(std::string_view path, Node value);

    Node root_;
};

}  // namespace apilab::cli
