#include "checklist/answer.hpp"

namespace apilab::cli::checklist {

std::string_view to_string(State state) {
    switch (state) {
        case State::pass:
            return "pass";
        case State::fail:
            return "fail";
        case State::untested:
            return "untested";
        case State::open:
            return "open";
        case State::answered:
            return "answered";
        case State::not_applicable:
            return "n/a";
    }
    return "";
}

std::string_view to_string(Evidence::Kind kind) {
    switch (kind) {
        case Evidence::Kind::check:
            return "check";
        case Evidence::Kind::rows:
            return "journal";
        case Evidence::Kind::file:
            return "file";
        case Evidence::Kind::log:
            return "log";
        case Evidence::Kind::metric:
            return "metric";
        case Evidence::Kind::process:
            return "process";
    }
    return "";
}

}  // namespace apilab::cli::checklist
