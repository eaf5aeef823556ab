/* A PJRT plugin for several processes, for tests: a plugin for the CPU (SHARED_PLUGIN_OF) that computes on one process only, and
 * a store through which the processes tell one another the arguments of each run. Each has the devices of all, gives out its own
 * as if it had no others, and computes the whole. Collectives are thus the plugin's own, between its virtual devices; what is
 * tried is all else: places on the mesh, the store, and the order of what the processes do. Offsets are those of PJRT's structs. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef void *(*Call)(void *);
enum {
  ERROR_DESTROY = 0, EVENT_DESTROY = 5, EVENT_AWAIT = 8, CLIENT_CREATE = 10, CLIENT_DEVICES = 15, ADDRESSABLE = 16, FROM_HOST = 22,
  DEVICE_ID = 23, PROCESS_INDEX = 24, EXECUTABLE_DESTROY = 40, NUM_OUTPUTS = 44, GET_EXECUTABLE = 51, EXECUTE = 55, BUFFER_DESTROY = 58,
  ELEMENT_TYPE = 59, DIMENSIONS = 60, TO_HOST = 70,
};

static char table[1 << 14];
static Call real[256];
static int64_t rank = -1, size, local;
static Call kv_get, kv_put, kv_try_get;
static void *client;
static uint64_t runs;

static void fail(const char *why) {
  fprintf(stderr, "the plugin for tests: %s\n", why);
  _exit(3);
}
static void need(int holds, const char *what) { if (!holds) fail(what); }

/* Arguments with room for fields to come. */
typedef struct { union { uint64_t word[32]; char bytes[256]; }; } Args;
static Args args(void) { Args a; memset(&a, 0, sizeof a); a.word[0] = sizeof a; return a; }
#define WORD(a, offset) (*(uint64_t *)((char *)(a) + (offset)))
#define INT(a, offset) (*(int32_t *)((char *)(a) + (offset)))
#define POINTER(a, offset) (*(void **)((char *)(a) + (offset)))
static void call(int slot, Args *a) { need(real[slot](a) == 0, "a call of the real plugin failed"); }

/* Errors of callbacks, which this plugin makes itself. */
typedef struct { int code; char text[200]; } CallbackError;
static void *make_error(int code, const char *text, size_t length) {
  CallbackError *error = calloc(1, sizeof *error);
  error->code = code;
  memcpy(error->text, text, length < 199 ? length : 199);
  return error;
}
static void *(*maker)(int, const char *, size_t) = make_error;

/* Gives the code of the error, 0 for none. */
static int get(Call function, int is_blocking, const char *key, int timeout_ms, char **value, uint64_t *length) {
  Args a = args();
  int shift = is_blocking ? 8 : 0;
  POINTER(&a, 16) = (void *)key;
  WORD(&a, 24) = strlen(key);
  if (is_blocking) INT(&a, 32) = timeout_ms;
  POINTER(&a, 32 + shift) = &maker;
  CallbackError *error = function(&a);
  if (error) {
    int code = error->code;
    free(error);
    return code;
  }
  char *given = POINTER(&a, 48 + shift);
  *length = WORD(&a, 56 + shift);
  *value = malloc(*length + 1);
  memcpy(*value, given, *length);
  (*value)[*length] = 0;
  ((void (*)(char *))POINTER(&a, 64 + shift))(given);
  return 0;
}
static void put(const char *key, const char *value, uint64_t length) {
  Args a = args();
  POINTER(&a, 16) = (void *)key;
  WORD(&a, 24) = strlen(key);
  POINTER(&a, 32) = (void *)value;
  WORD(&a, 40) = length;
  POINTER(&a, 48) = &maker;
  need(kv_put(&a) == 0, "put failed");
}

/* What a plugin does when it is created, in a thread of its own: it waits for the others while one of theirs may wait for it. */
static void *meet(void *nothing) {
  char key[64], *value;
  uint64_t length;
  snprintf(key, sizeof key, "none/%d", (int)rank);
  need(get(kv_try_get, 0, key, 0, &value, &length) == 5, "a missing key is not NOT_FOUND");
  need(get(kv_get, 1, key, 20, &value, &length) == 4, "a key that does not come is not DEADLINE_EXCEEDED");
  /* Bytes that are no text. */
  char own[5] = { 0, (char)255, (char)rank, 0, 7 };
  snprintf(key, sizeof key, "place/%d\xff", (int)rank);
  put(key, own, sizeof own);
  for (int other = 0; other < size; other++) {
    snprintf(key, sizeof key, "place/%d\xff", other);
    need(get(kv_get, 1, key, 60000, &value, &length) == 0, "get failed");
    need(length == 5 && value[0] == 0 && value[1] == (char)255 && value[2] == other && value[4] == 7, "get gave other bytes");
    free(value);
    need(get(kv_try_get, 0, key, 0, &value, &length) == 0 && length == 5, "try get failed");
    free(value);
  }
  return nothing;
}

static void *create(void *a) {
  enum { VALUE = 56, MOST = 16 };
  char *options = POINTER(a, 16);
  uint64_t count = WORD(a, 24), kept = 0;
  static char passed[VALUE * MOST];
  for (uint64_t i = 0; i < count; i++) {
    char *option = options + VALUE * i;
    const char *name = POINTER(option, 16);
    uint64_t length = WORD(option, 24);
    int64_t value = (int64_t)WORD(option, 40);
    int is_number = INT(option, 32) == 1;
    if (length == 7 && !memcmp(name, "node_id", 7) && is_number) rank = value;
    else if (length == 9 && !memcmp(name, "num_nodes", 9) && is_number) size = value;
    else {
      if (length == 16 && !memcmp(name, "cpu_device_count", 16)) local = value;
      memcpy(passed + VALUE * kept++, option, VALUE);
    }
  }
  need(rank >= 0 && size > 1 && rank < size && local > 0, "no node_id, num_nodes or cpu_device_count");
  for (uint64_t i = 0; i < kept; i++)
    if (WORD(passed + VALUE * i, 24) == 16) WORD(passed + VALUE * i, 40) = (uint64_t)(local * size);
  kv_get = (Call)POINTER(a, 32);
  kv_put = (Call)POINTER(a, 48);
  kv_try_get = (Call)POINTER(a, 72);
  need(kv_get && kv_put && kv_try_get, "no functions of a store");
  pthread_t thread;
  pthread_create(&thread, 0, meet, 0);
  pthread_join(thread, 0);
  POINTER(a, 16) = passed;
  WORD(a, 24) = kept;
  void *error = real[CLIENT_CREATE](a);
  client = POINTER(a, 64);
  return error;
}

static void *addressable(void *a) {
  void *error = real[ADDRESSABLE](a);
  POINTER(a, 24) = (void **)POINTER(a, 24) + rank * local;
  WORD(a, 32) = (uint64_t)local;
  return error;
}

static void *process_index(void *a) {
  void *error = real[DEVICE_ID](a);
  INT(a, 24) /= (int32_t)local;
  return error;
}

static void await(void *event) {
  if (!event) return;
  Args a = args();
  POINTER(&a, 16) = event;
  call(EVENT_AWAIT, &a);
  call(EVENT_DESTROY, &a);
}

static uint64_t host_size(void *buffer) {
  Args a = args();
  POINTER(&a, 16) = buffer;
  call(TO_HOST, &a);
  return WORD(&a, 40);
}

static void read_buffer(void *buffer, char *target, uint64_t length) {
  Args a = args();
  POINTER(&a, 16) = buffer;
  POINTER(&a, 32) = target;
  WORD(&a, 40) = length;
  call(TO_HOST, &a);
  await(POINTER(&a, 48));
}

/* A buffer of the type and shape of another. */
static void *make_buffer(void *like, const char *data, void *device) {
  Args type = args(), dims = args(), a = args();
  POINTER(&type, 16) = POINTER(&dims, 16) = like;
  call(ELEMENT_TYPE, &type);
  call(DIMENSIONS, &dims);
  POINTER(&a, 16) = client;
  POINTER(&a, 24) = (void *)data;
  INT(&a, 32) = INT(&type, 24);
  POINTER(&a, 40) = POINTER(&dims, 24);
  WORD(&a, 48) = WORD(&dims, 32);
  POINTER(&a, 80) = device;
  call(FROM_HOST, &a);
  await(POINTER(&a, 104));
  return POINTER(&a, 112);
}

static void destroy_buffer(void *buffer) {
  Args a = args();
  POINTER(&a, 16) = buffer;
  call(BUFFER_DESTROY, &a);
}

static uint64_t count_outputs(void *loaded) {
  Args a = args(), b = args();
  POINTER(&a, 16) = loaded;
  call(GET_EXECUTABLE, &a);
  POINTER(&b, 16) = POINTER(&a, 24);
  call(NUM_OUTPUTS, &b);
  Args c = args();
  POINTER(&c, 16) = POINTER(&a, 24);
  call(EXECUTABLE_DESTROY, &c);
  return WORD(&b, 24);
}

static void *execute(void *a) {
  void ***own_lists = POINTER(a, 32), ***own_outputs = POINTER(a, 56);
  uint64_t inputs = WORD(a, 48), outputs = count_outputs(POINTER(a, 16)), run = runs++;
  need(WORD(a, 40) == (uint64_t)local, "a run has not as many devices as the process");
  /* What this process has, and then what the others have. */
  uint64_t length = 0, at = 0;
  for (int64_t d = 0; d < local; d++) for (uint64_t i = 0; i < inputs; i++) length += host_size(own_lists[d][i]);
  char *bytes = malloc(length + 1), key[64];
  for (int64_t d = 0; d < local; d++)
    for (uint64_t i = 0; i < inputs; i++) {
      uint64_t part = host_size(own_lists[d][i]);
      read_buffer(own_lists[d][i], bytes + at, part);
      at += part;
    }
  snprintf(key, sizeof key, "run/%llu/%d", (unsigned long long)run, (int)rank);
  put(key, bytes, length);
  free(bytes);
  Args listed = args();
  POINTER(&listed, 16) = client;
  call(CLIENT_DEVICES, &listed);
  void **devices = POINTER(&listed, 24);
  int64_t total = local * size;
  void ***lists = calloc(total, sizeof *lists), ***results = calloc(total, sizeof *results);
  for (int64_t other = 0; other < size; other++) {
    char *value = 0;
    uint64_t given = 0, from = 0;
    if (other != rank) {
      snprintf(key, sizeof key, "run/%llu/%d", (unsigned long long)run, (int)other);
      need(get(kv_get, 1, key, 600000, &value, &given) == 0, "another process did not come to a run");
      need(given == length, "another process has other arguments");
    }
    for (int64_t d = 0; d < local; d++) {
      int64_t device = other * local + d;
      if (other == rank) {
        lists[device] = own_lists[d];
        results[device] = own_outputs[d];
        continue;
      }
      lists[device] = calloc(inputs + 1, sizeof(void *));
      results[device] = calloc(outputs + 1, sizeof(void *));
      for (uint64_t i = 0; i < inputs; i++) {
        lists[device][i] = make_buffer(own_lists[0][i], value + from, devices[device]);
        from += host_size(own_lists[0][i]);
      }
    }
    free(value);
  }
  POINTER(a, 32) = lists;
  WORD(a, 40) = (uint64_t)total;
  POINTER(a, 56) = results;
  void *error = real[EXECUTE](a);
  for (int64_t device = 0; device < total; device++) {
    if (device / local == rank) continue;
    for (uint64_t i = 0; i < inputs; i++) destroy_buffer(lists[device][i]);
    for (uint64_t i = 0; i < outputs && !error; i++) destroy_buffer(results[device][i]);
    free(lists[device]);
    free(results[device]);
  }
  free(lists);
  free(results);
  return error;
}

void *GetPjrtApi(void) {
  void *library = dlopen(getenv("SHARED_PLUGIN_OF"), RTLD_LAZY);
  need(library != 0, "SHARED_PLUGIN_OF names no library");
  void *own = ((void *(*)(void))dlsym(library, "GetPjrtApi"))();
  uint64_t bytes = WORD(own, 0);
  memcpy(table, own, bytes);
  Call *functions = (Call *)(table + 40);
  memcpy(real, functions, bytes - 40 < sizeof real ? bytes - 40 : sizeof real);
  functions[CLIENT_CREATE] = create;
  functions[ADDRESSABLE] = addressable;
  functions[PROCESS_INDEX] = process_index;
  functions[EXECUTE] = execute;
  return table;
}
