#include "page.hpp"

#include <boost/json.hpp>

namespace exercise {

void Page::take(const Source& source, const Result<Page>& read) {
    if (read) {
        *this = *read;
        parts[source.name] = {{"state", "live"}};
    } else {
        parts[source.name] = {{"state", "missing"}, {"reason", read.error().message()}};
    }
}

std::string Page::missing() const {
    for (const auto& [source, part] : parts) {
        if (part.at("state") == "missing") {
            return source + ": " + part.at("reason");
        }
    }
    return {};
}

Page page_for(const Request& visit) {
    const auto& path = visit.url().path();
    return {.package = path.substr(path.rfind('/') + 1),
            .visit = std::string(visit.headers().value("x-request-id"))};
}

Request about(Lab& lab, const Source& source, const Page& page) {
    return about(lab, source.name, page.package).header("x-request-id", page.visit);
}

Response to_response(const Page& page) {
    const boost::json::object body{{"package", page.package},
                                   {"latest", page.latest},
                                   {"advisories", boost::json::value_from(page.advisories)},
                                   {"parts", boost::json::value_from(page.parts)}};
    return Response::json(200, serialize(body));
}

}  // namespace exercise
