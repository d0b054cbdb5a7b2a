#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apilab::http {

/// ASCII case-insensitive equality, as field names compare (RFC 9110 section 5.1).
[[nodiscard]] bool iequals(std::string_view a, std::string_view b);

/// Header fields in the order given; names compare without case and keep the spelling they came
/// with. A value type. Names and values are checked where they are written to the wire, not here.
class Headers {
public:
    using Field = std::pair<std::string, std::string>;

    Headers() = default;
    Headers(std::initializer_list<Field> fields) : fields_(fields) {}

    /// The first value of that name, or nothing. The view lives until the headers change.
    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
    /// The first value, or an empty view.
    [[nodiscard]] std::string_view value(std::string_view name) const;
    [[nodiscard]] std::vector<std::string_view> get_all(std::string_view name) const;
    [[nodiscard]] bool contains(std::string_view name) const { return get(name).has_value(); }

    /// Adds a field, keeping those of the same name.
    void add(std::string name, std::string value);
    /// Replaces every field of that name by one, in the place and the spelling of the first.
    void set(std::string_view name, std::string value);
    /// Returns how many fields went.
    std::size_t remove(std::string_view name);

    [[nodiscard]] auto begin() const { return fields_.begin(); }
    [[nodiscard]] auto end() const { return fields_.end(); }
    [[nodiscard]] std::size_t size() const { return fields_.size(); }
    [[nodiscard]] bool empty() const { return fields_.empty(); }

    friend bool operator==(const Headers&, const Headers&) = default;

private:
    std::vector<Field> fields_;
};

/// Is `name` a token, and `value` free of CR, LF and NUL? What is not may not be sent
/// (RFC 9110 sections 5.1 and 5.5): it would let one header smuggle another.
[[nodiscard]] bool valid_field_name(std::string_view name);
[[nodiscard]] bool valid_field_value(std::string_view value);

}  // namespace apilab::http
