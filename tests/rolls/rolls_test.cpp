// Radar is replaced again and again while 20 requests a second and webhooks of four senders come
// in: what was answered with 2xx is in the store, each once, and the rest is there in the end too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>

#include "apilab/base/free_port.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/transport/asio_transport.hpp"
#include "apilab/transport/send.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "program.hpp"
#include "senders.hpp"

namespace apilab::rolls {
namespace {

using namespace std::chrono_literals;
using cli_test::Program;
using cli_test::TempDir;
using runtime::Task;
namespace json = boost::json;

int rolls() {
    const char* wanted = std::getenv("APILAB_ROLLS");
    return wanted == nullptr ? 2 : std::atoi(wanted);
}

Task<void> until_it_answers(runtime::Scheduler& scheduler, transport::Transport& way,
                            http::Url receiver) {
    for (int i = 0; i < 500; ++i) {
        const auto answer =
            co_await transport::send(way, http::Request::get(receiver.with("/readyz")));
        if (answer && answer->ok()) {
            co_return;
        }
        (void)co_await scheduler.sleep_for(20ms);
    }
    ADD_FAILURE() << "radar did not get ready";
}

Task<void> into(Task<Sent> sending, Sent* place) {
    *place = co_await std::move(sending);
}

struct Play {
    std::vector<Sender> senders = all_senders();
    std::vector<Sent> sent = std::vector<Sent>(4);
};

Task<void> play(runtime::Scheduler& scheduler, transport::Transport& way, http::Url receiver,
                int count, Play& play) {
    co_await until_it_answers(scheduler, way, receiver);
    runtime::TaskGroup group(scheduler);
    for (std::size_t i = 0; i < play.senders.size(); ++i) {
        group.spawn(into(send_events(scheduler, way, receiver, play.senders[i], count, 200ms),
                         &play.sent[i]));
    }
    co_await group.join();
    // GitHub does not try again: the gap filler lists what it failed to deliver, and asks for it.
    for (std::size_t i = 0; i < play.senders.size(); ++i) {
        for (const auto& id : play.sent[i].given_up) {
            EXPECT_TRUE(co_await redeliver(scheduler, way, receiver, play.senders[i], id)) << id;
        }
    }
}

// Ids of the archive, by sender; one that is there twice is a failure.
Ids archived(work::Store& store, const std::string& source) {
    Ids ids;
    const auto events =
        store.list_events(source, "", std::numeric_limits<std::int64_t>::max(), 10000);
    EXPECT_TRUE(events) << events.error().to_string();
    for (const auto& event : events.value_or(std::vector<work::ArchivedEvent>())) {
        EXPECT_TRUE(ids.insert(event.event.sender_id).second) << event.event.sender_id << " twice";
    }
    return ids;
}

// What is in the store, against what each sender knows; returns how many attempts were refused.
int count_in(const std::filesystem::path& file, const Play& all, int count) {
    const auto store = work::SqliteStore::open(file);
    if (!store) {
        ADD_FAILURE() << store.error().to_string();
        return 0;
    }
    int refused = 0;
    for (std::size_t i = 0; i < all.senders.size(); ++i) {
        const auto& [acknowledged, given_up, attempts, refusals] = all.sent[i];
        refused += refusals;
        const auto ids = archived(**store, all.senders[i].name);
        EXPECT_THAT(ids, testing::IsSupersetOf(acknowledged)) << all.senders[i].name;
        EXPECT_EQ(ids.size(), static_cast<std::size_t>(count)) << all.senders[i].name;
        if (all.senders[i].name != "github") {
            EXPECT_TRUE(given_up.empty()) << all.senders[i].name << " tried to its end";
        }
    }
    const auto counts = (*store)->counts("");
    EXPECT_TRUE(counts && counts->dead == 0);
    return refused;
}

TEST(Rolls, lose_no_webhook_and_no_request_that_reached_an_instance) {
    const TempDir folder;
    const auto volume = folder.path() / "volume";
    const auto port = free_port();
    const int count = rolls() * 8;  // 200 ms apart: longer than the rolls take
    Play all;
    cli_test::Variables variables{{"PATH", "/usr/bin:/bin"}};
    for (const auto& sender : all.senders) {
        std::string name = sender.name;
        std::ranges::transform(name, name.begin(), [](char c) { return std::toupper(c); });
        variables["RADAR_" + name + "_WEBHOOK_SECRET"] = sender.secret;
    }
    Program platform({cli_test::apilab_path(),
                      "platform",
                      "run",
                      "--as",
                      "fly",
                      "--json",
                      "--volume",
                      volume.string(),
                      "--port",
                      std::to_string(port),
                      "--rolls",
                      std::to_string(rolls()),
                      "--every",
                      "1s",
                      "--rate",
                      "20",
                      "--path",
                      "/livez",
                      "--for",
                      std::to_string(rolls() * 2 + 20) + "s",
                      "--",
                      cli_test::apilab_path(),
                      "radar",
                      "serve",
                      "--store",
                      "sqlite:{volume}/radar.db"},
                     variables);
    {
        runtime::RealScheduler scheduler;
        transport::AsioTransport way(scheduler);
        const auto receiver = http::Url::parse("http://127.0.0.1:" + std::to_string(port));
        runtime::run(scheduler, play(scheduler, way, *receiver, count, all));
    }
    platform.signal(SIGTERM);
    const auto ended = platform.wait(120s);
    const auto report = json::parse(ended.out);
    EXPECT_EQ(ended.code, 0) << report << ended.err;
    EXPECT_EQ(report.at("rolls").as_int64(), rolls());
    EXPECT_EQ(report.at("requests").at("lost").as_int64(), 0) << ended.err;

    const int refused = count_in(volume / "radar.db", all, count);
    EXPECT_GT(refused, 0) << "no webhook came while the volume changed hands: nothing was proved";
    std::printf("%d rolls: %d events of four senders, %d attempts refused, %s\n", rolls(),
                count * 4, refused, json::serialize(report.at("requests")).c_str());
}

}  // namespace
}  // namespace apilab::rolls
