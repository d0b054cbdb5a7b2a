// The same load with libcurl's multi interface, driven by epoll (multi_socket), its fastest way.
//
//     load_curl URL REQUESTS IN_FLIGHT [CA_FILE]
//
// Each body is kept in a string, as ours is; the time limits are those of our client.

#include <curl/curl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

namespace {

struct Load {
    CURLM* multi = nullptr;
    int poll = -1;
    long timeout_ms = -1;
    long left = 0;
    long good = 0;
    long running = 0;
};

struct Slot {
    CURL* easy = nullptr;
    std::string body;
};

int on_socket(CURL* /*easy*/, curl_socket_t socket, int what, void* user, void* known) {
    auto* load = static_cast<Load*>(user);
    if (what == CURL_POLL_REMOVE) {
        ::epoll_ctl(load->poll, EPOLL_CTL_DEL, socket, nullptr);
        return 0;
    }
    epoll_event event{};
    event.data.fd = socket;
    event.events =
        ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
    ::epoll_ctl(load->poll, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
    curl_multi_assign(load->multi, socket, load);
    return 0;
}

int on_timer(CURLM* /*multi*/, long timeout_ms, void* user) {
    static_cast<Load*>(user)->timeout_ms = timeout_ms;
    return 0;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
    static_cast<Slot*>(user)->body.append(data, size * count);
    return size * count;
}

void start(Load& load, Slot& slot) {
    --load.left;
    ++load.running;
    slot.body.clear();
    curl_multi_add_handle(load.multi, slot.easy);
}

void set_up(Slot& slot, const char* url, const char* ca_file) {
    slot.easy = curl_easy_init();
    curl_easy_setopt(slot.easy, CURLOPT_URL, url);
    curl_easy_setopt(slot.easy, CURLOPT_PRIVATE, &slot);
    curl_easy_setopt(slot.easy, CURLOPT_WRITEDATA, &slot);
    curl_easy_setopt(slot.easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(slot.easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(slot.easy, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
    curl_easy_setopt(slot.easy, CURLOPT_TIMEOUT_MS, 30000L);
    if (ca_file != nullptr) {
        curl_easy_setopt(slot.easy, CURLOPT_CAINFO, ca_file);
    }
}

void take_results(Load& load) {
    int waiting = 0;
    while (const CURLMsg* message = curl_multi_info_read(load.multi, &waiting)) {
        CURL* easy = message->easy_handle;
        const CURLcode result = message->data.result;
        Slot* slot = nullptr;
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        load.good += result == CURLE_OK && status == 200 && !slot->body.empty() ? 1 : 0;
        --load.running;
        curl_multi_remove_handle(load.multi, easy);
        if (load.left > 0) {
            start(load, *slot);
        }
    }
}

void run_all(Load& load) {
    int running = 0;
    while (load.running > 0) {
        std::array<epoll_event, 64> events{};
        const int wait = load.timeout_ms < 0 ? 1000 : static_cast<int>(load.timeout_ms);
        const int ready =
            ::epoll_wait(load.poll, events.data(), static_cast<int>(events.size()), wait);
        if (ready == 0) {
            load.timeout_ms = -1;
            curl_multi_socket_action(load.multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        for (int i = 0; i < ready; ++i) {
            const auto& event = events[static_cast<std::size_t>(i)];
            const int what = ((event.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                             ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
            curl_multi_socket_action(load.multi, event.data.fd, what, &running);
        }
        take_results(load);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4 && argc != 5) {
        std::fprintf(stderr, "load_curl URL REQUESTS IN_FLIGHT [CA_FILE]\n");
        return 2;
    }
    const long requests = std::stol(argv[2]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    Load load{.multi = curl_multi_init(), .poll = ::epoll_create1(0), .left = requests};
    curl_multi_setopt(load.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(load.multi, CURLMOPT_SOCKETDATA, &load);
    curl_multi_setopt(load.multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(load.multi, CURLMOPT_TIMERDATA, &load);
    curl_multi_setopt(load.multi, CURLMOPT_MAXCONNECTS, 256L);
    std::vector<Slot> slots(static_cast<std::size_t>(std::stoi(argv[3])));
    for (auto& slot : slots) {
        set_up(slot, argv[1], argc > 4 ? argv[4] : nullptr);
    }
    for (auto& slot : slots) {
        start(load, slot);
    }
    run_all(load);
    for (auto& slot : slots) {
        curl_easy_cleanup(slot.easy);
    }
    curl_multi_cleanup(load.multi);
    ::close(load.poll);
    return load.good == requests ? 0 : 1;
}
