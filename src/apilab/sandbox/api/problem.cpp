#include "apilab/sandbox/api/problem.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace apilab::sandbox::api {

http::Response problem(int status, std::string_view code, std::string_view detail) {
    auto answer = http::Response(
        status, boost::json::serialize(boost::json::object{{"type", "about:blank"},
                                                           {"title", http::reason_phrase(status)},
                                                           {"status", status},
                                                           {"code", code},
                                                           {"detail", detail}}));
    answer.header("content-type", "application/problem+json");
    return answer;
}

}  // namespace apilab::sandbox::api
