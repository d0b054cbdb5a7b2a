#include "apilab/sandbox/internal/json_value.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace apilab::sandbox {

boost::json::value to_value(http::Json from) {
    switch (from.kind()) {
        case http::Json::Kind::boolean:
            return from.boolean().value_or(false);
        case http::Json::Kind::integer:
            if (const auto number = from.integer()) {
                return *number;
            }
            return from.unsigned_integer().value_or(0);
        case http::Json::Kind::number:
            return from.number().value_or(0);
        case http::Json::Kind::string:
            return boost::json::string(from.string_or(""));
        case http::Json::Kind::array: {
            boost::json::array array;
            for (const http::Json element : from.elements()) {
                array.push_back(to_value(element));
            }
            return array;
        }
        case http::Json::Kind::object: {
            boost::json::object object;
            for (const auto& [key, value] : from.members()) {
                object.insert_or_assign(key, to_value(value));
            }
            return object;
        }
        case http::Json::Kind::missing:
        case http::Json::Kind::null:
            break;
    }
    return nullptr;
}

}  // namespace apilab::sandbox
