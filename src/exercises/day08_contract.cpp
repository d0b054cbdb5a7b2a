// Day 8: what you do not know is not yours to throw away
//
// Situation  Twelve documents of somebody else's API are to get a note. They are read, changed and
//            written back whole. They have members that no page describes, ids that no double
//            holds, a rate with seventeen digits, and states that were not there last week.
// Shows      A model that names what it needs and keeps the rest: integers of 64 bits, decimals as
//            they were written, unknown values of an enum, unknown members. What differed is on
//            record, by place (`drift`), and somebody can decide what to make of it.
// Run        ./lab learn day08_contract --compare      (the drift report: above the verdict)
// Break      --break=drop-unknown | strict-enum | id-as-double | rate-as-double

#include <fmt/format.h>

#include <boost/describe.hpp>
#include <utility>

#include "apilab/data/decode.hpp"
#include "apilab/data/encode.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using namespace std::chrono_literals;
namespace data = apilab::data;
using Answer = Result<Response>;

enum class State : std::uint8_t { open, closed };
BOOST_DESCRIBE_ENUM(State, open, closed)

// What this program needs of a document, and a place for everything else.
struct Document {
    std::uint64_t id = 0;
    std::string title;
    data::Open<State> state;
    data::Nullable<std::string> note;
    data::Decimal rate;
    data::UnknownFields rest;
};
BOOST_DESCRIBE_STRUCT(Document, (), (id, title, state, note, rate, rest))

struct Entry {
    std::uint64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(Entry, (), (id))

struct Directory {
    std::vector<Entry> documents;
};
BOOST_DESCRIBE_STRUCT(Directory, (), (documents))

constexpr std::string_view note = "seen by the clerk";
constexpr int rounds = 4;  // of one document: others may write it, too

std::string path_of(std::uint64_t id) {
    return "/api/documents/" + std::to_string(id);
}

// Asks with the library's client, which knows what to do about a 503.
Task<Answer> ask(Lab& lab, Request request) {
    auto answer = co_await lab.client().send(std::move(request));
    lab.ended("document", answer);
    co_return answer;
}

class Clerk {
public:
    explicit Clerk(Lab& lab) : lab_(lab) {}

    Task<void> work() {
        const auto list = co_await ask(lab_, lab_.get("/api/documents"));
        const auto directory = data::decode<Directory>(list ? list->body() : "");
        if (!directory) {
            lab_.show("  " + directory.error().message() + "\n");
            co_return;
        }
        for (const Entry& entry : directory->value.documents) {
            co_await put_note(lab_.broken("id-as-double") ? through_a_double(entry.id) : entry.id);
        }
        for (const auto& row : drift_.rows()) {
            lab_.show(fmt::format("  {:<28} {:<14} {:>3} times\n", row.pattern,
                                  data::to_string(row.kind), row.count));
        }
    }

private:
    static std::uint64_t through_a_double(std::uint64_t id) {
        return static_cast<std::uint64_t>(static_cast<double>(id));
    }

    Task<void> put_note(std::uint64_t id) {
        for (int round = 0; round < rounds; ++round) {
            const auto answer = co_await ask(lab_, lab_.get(path_of(id)));
            if (!answer || !answer->ok()) {
                co_return;
            }
            auto read = data::decode<Document>(answer->body());
            if (!read) {
                lab_.show(fmt::format("  {}: {}\n", id, read.error().message()));
                co_return;
            }
            drift_.add("get_document", read->drift);
            if (read->drift.count(data::DriftKind::null) > 0) {
                continue;  // not what was promised: what is written back would hold a hole
            }
            if (!read->value.state.known() && lab_.broken("strict-enum")) {
                co_return;
            }
            const auto sent =
                co_await write_back(std::move(read->value), answer->headers().value("etag"));
            if (!sent || sent->status() != 412) {
                co_return;
            }
        }
    }

    Task<Answer> write_back(Document document, std::string_view etag) {
        document.note = std::string(note);
        if (lab_.broken("drop-unknown")) {
            document.rest = {};
        }
        if (lab_.broken("rate-as-double")) {
            document.rate =
                *data::Decimal::parse(fmt::format("{}", std::stod(document.rate.text())));
        }
        auto request = lab_.request("PUT", path_of(document.id), data::encode(document));
        request.header("if-match", std::string(etag));
        const auto answer = co_await ask(lab_, std::move(request));
        lab_.number("written back", written_ += answer && answer->ok() ? 1 : 0);
        co_return answer;
    }

    Lab& lab_;
    data::DriftCounters drift_;
    std::int64_t written_ = 0;
};

Task<void> production(Lab& lab) {
    Clerk clerk(lab);
    co_await clerk.work();
}

// What one writes in a hurry: the members that one knows, into a form of one's own.
Task<void> naive(Lab& lab) {
    const auto list = co_await ask(lab, lab.get("/api/documents"));
    const auto ids = apilab::http::JsonDocument::parse(list ? list->body() : "{}");
    std::int64_t written = 0;
    for (const auto entry : ids->root()["documents"].elements()) {
        const auto id = static_cast<std::uint64_t>(entry["id"].number().value_or(0));
        const auto answer = co_await ask(lab, lab.get(path_of(id)));
        const auto document =
            apilab::http::JsonDocument::parse(answer && answer->ok() ? answer->body() : "{}");
        const auto root = document->root();
        auto request = lab.request(
            "PUT", path_of(id),
            fmt::format(R"({{"id":{},"title":"{}","state":"{}","note":"{}"}})", id,
                        root["title"].string_or(""), root["state"].string_or("open"), note));
        request.header("if-match", std::string(answer ? answer->headers().value("etag") : ""));
        const auto sent = co_await ask(lab, std::move(request));
        lab.number("written back", written += sent && sent->ok() ? 1 : 0);
    }
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day08_contract",
         .story = "twelve documents of somebody else's get a note, and keep all the rest",
         .scenario = "day08-contract",
         .deadline = 10s,
         .sins = {{"drop-unknown", "writes back what the model names, and nothing else", "DAT-07"},
                  {"strict-enum", "leaves documents alone whose state is new", "DAT-05"},
                  {"id-as-double", "keeps ids in a double", "DAT-06"},
                  {"rate-as-double", "keeps decimals in a double", "DAT-07"}},
         .production = production,
         .naive = naive,
         .numbers = {"written back", "documents damaged"},
         .next = "day08_join"},
        argc, argv);
}
