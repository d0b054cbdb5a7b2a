#include "apilab/http/fields.hpp"

#include <fmt/format.h>

namespace apilab::http {

namespace {

std::string_view name_of(Json::Kind kind) {
    switch (kind) {
        case Json::Kind::missing:
            return "nothing";
        case Json::Kind::null:
            return "null";
        case Json::Kind::boolean:
            return "a boolean";
        case Json::Kind::integer:
            return "an integer";
        case Json::Kind::number:
            return "a number";
        case Json::Kind::string:
            return "a string";
        case Json::Kind::array:
            return "an array";
        case Json::Kind::object:
            return "an object";
    }
    return "something";
}

}  // namespace

void Fields::note(std::string_view pointer, Json::Kind found, Json::Kind wanted) {
    if (!mistake_) {
        const auto where = at_ + std::string(pointer);
        mistake_ = Error(ErrorKind::decode, fmt::format("{}: found {}, expected {}",
                                                        where.empty() ? "the value" : where,
                                                        name_of(found), name_of(wanted)))
                       .with_outcome(Outcome::answered)
                       .with_detail(where);
    }
}

Json Fields::find(std::string_view pointer, Json::Kind wanted, bool may_be_null) {
    const Json found = value_.at_pointer(pointer);
    if (found.kind() == wanted) {
        return found;
    }
    if (!may_be_null || (!found.missing() && !found.is_null())) {
        note(pointer, found.kind(), wanted);
    }
    return {};
}

std::string Fields::text(std::string_view pointer) {
    return std::string(find(pointer, Json::Kind::string, false).string_or(""));
}

std::int64_t Fields::integer(std::string_view pointer) {
    const auto found = find(pointer, Json::Kind::integer, false);
    const auto value = found.integer();
    if (!value && !found.missing()) {
        note(pointer, Json::Kind::number, Json::Kind::integer);  // beyond 2^63 - 1
    }
    return value.value_or(0);
}

std::optional<std::string> Fields::text_or_null(std::string_view pointer) {
    const auto found = find(pointer, Json::Kind::string, true).string();
    return found ? std::optional<std::string>(*found) : std::nullopt;
}

Json::Elements Fields::array(std::string_view pointer) {
    return find(pointer, Json::Kind::array, false).elements();
}

Json::Elements Fields::array_or_null(std::string_view pointer) {
    return find(pointer, Json::Kind::array, true).elements();
}

Result<void> Fields::check() const {
    if (mistake_) {
        return fail(*mistake_);
    }
    return {};
}

}  // namespace apilab::http
