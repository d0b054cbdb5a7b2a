// Lines of bytes as the headers of a webhook that was found genuine, the rest as its body: whatever
// a sender writes, what is read from it can be kept, and what cannot is refused with the place.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/work/incoming.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

std::string take_line(std::string_view& rest) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() == rest.size() ? rest.size() : line.size() + 1);
    return std::string(line);
}

void check(const apilab::work::Sender& sender, const apilab::http::Headers& headers,
           std::string_view body) {
    constexpr std::size_t text_max = 255;
    const auto in = apilab::work::read_event(sender, headers, body);
    if (!in) {
        require(in.error().kind() == apilab::ErrorKind::invalid_argument);
        require(!in.error().detail().empty());
        return;
    }
    const bool has_id = in->handshake != apilab::work::Handshake::slack_challenge;
    require(in->event.source == sender.source);
    require(in->event.body == body);
    require(!has_id || (!in->event.sender_id.empty() && in->event.sender_id.size() <= text_max));
    require(in->event.type.size() <= text_max && in->event.scope.size() <= text_max);
    require(in->entity.size() <= text_max);
    require(in->version >= 0);
    for (const auto& [name, value] : in->event.headers) {
        require(name != "authorization");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    apilab::http::Headers headers;
    for (const char* name : {"content-type", "authorization"}) {
        if (auto line = take_line(rest); !line.empty()) {
            headers.add(name, std::move(line));
        }
    }
    const auto id = take_line(rest);
    const auto type = take_line(rest);
    for (const auto& sender : apilab::work::senders()) {
        auto all = headers;
        if (sender.id.in == apilab::work::EventPlace::In::header) {
            all.add(std::string(sender.id.name), id);
        }
        if (sender.type.in == apilab::work::EventPlace::In::header) {
            all.add(std::string(sender.type.name), type);
        }
        check(sender, all, rest);
    }
    (void)apilab::work::read_verification_token(rest);
    return 0;
}
