#include "apilab/work/event_key.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "apilab/base/digest.hpp"

namespace apilab::work {

std::string digest_of_parts(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) {
        for (int shift = 56; shift >= 0; shift -= 8) {
            text += static_cast<char>((std::uint64_t{part.size()} >> unsigned(shift)) & 0xFFU);
        }
        text += part;
    }
    return sha256(text);
}

std::string event_key(std::string_view source, std::string_view scope, std::string_view sender_id) {
    return digest_of_parts({source, scope, sender_id});
}

std::string event_body_key(std::string_view source, std::string_view body) {
    return digest_of_parts({source, sha256(body)});
}

std::string released_event_key(std::string_view key, std::string_view body_key) {
    return digest_of_parts({"released", key, body_key});
}

}  // namespace apilab::work
