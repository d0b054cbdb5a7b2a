#pragma once

#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"

// Reading JSON that must have a shape: each reader names the place and what would be right.
namespace apilab::radar::internal {

/// `text` fit for one line of output: cut after 120 bytes, control characters as `?`.
[[nodiscard]] std::string readable(std::string_view text);

/// An `invalid_argument` at `pointer` (which is also the error's `detail`).
[[nodiscard]] Error wrong(const std::string& pointer, std::string what, std::string expected);

/// A place in a document, turned into a JSON pointer only when an error needs it.
class Where {
public:
    Where() = default;
    virtual ~Where() = default;
    Where(const Where&) = delete;
    Where& operator=(const Where&) = delete;
    [[nodiscard]] virtual std::string pointer() const = 0;
};

/// A pointer that is known already.
class WherePointer final : public Where {
public:
    explicit WherePointer(std::string pointer) : pointer_(std::move(pointer)) {}
    [[nodiscard]] std::string pointer() const override { return pointer_; }

private:
    std::string pointer_;
};

/// One step of a pointer, cut and cleaned like `readable`.
[[nodiscard]] std::string step(std::string_view key);

/// The member as text; empty where it is missing or null.
[[nodiscard]] Result<std::string_view> text_field(http::Json object, std::string_view key,
                                                  const Where& where);
/// The member as a flag; false where it is missing or null.
[[nodiscard]] Result<bool> flag_field(http::Json object, std::string_view key, const Where& where);
/// The member as an object; a missing view where it is missing or null.
[[nodiscard]] Result<http::Json> object_field(http::Json object, std::string_view key,
                                              const Where& where);
/// No key twice: readers disagree on which one counts.
[[nodiscard]] Result<void> check_unique_keys(http::Json object, const Where& where);

}  // namespace apilab::radar::internal
