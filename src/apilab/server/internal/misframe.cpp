#include "apilab/server/internal/misframe.hpp"

#include <fmt/format.h>

namespace apilab::server::internal {

namespace {

std::string_view interim_answer(int status) {
    switch (status) {
        case 100:
            return "HTTP/1.1 100 Continue\r\n\r\n";
        case 103:
            return "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload; as=style\r\n\r\n";
        default:
            return {};
    }
}

}  // namespace

Misframed misframe(const http::WirePlan* plan, http::Response& response, bool with_body,
                   bool http10) {
    using Framing = http::WirePlan::Framing;
    Misframed made;
    if (plan == nullptr) {
        return made;
    }
    if (!http10) {
        made.before = interim_answer(plan->interim);
    }
    const std::string& body = response.body();
    if (!with_body && plan->framing != Framing::huge_header) {
        return made;
    }
    switch (plan->framing) {
        case Framing::none:
            break;
        case Framing::wrong_length:
            made.announced = body.size() + http::WirePlan::wrong_length_extra;
            made.then = Misframed::Then::hold;
            break;
        case Framing::short_length:
            made.announced = body.size() / 2;
            break;
        case Framing::chunk_without_end:
            if (!http10) {
                made.chunked = true;
                made.body =
                    body.empty() ? std::string() : fmt::format("{:x}\r\n{}\r\n", body.size(), body);
                made.then = Misframed::Then::fin;
            }
            break;
        case Framing::stray_bytes:
            made.announced = body.size();
            made.body = body + std::string(http::WirePlan::stray_answer);
            break;
        case Framing::huge_header:
            response.header("x-filler", std::string(http::WirePlan::huge_header_bytes, 'f'));
            break;
    }
    return made;
}

}  // namespace apilab::server::internal
