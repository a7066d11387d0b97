-- A store as a release with the second schema wrote it: clients and orders of sample_program.h. Never changed.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema_version (id INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL);
INSERT INTO schema_version VALUES(1,'init','fe357a895427eb18b39ad0cee3263147',1795245029000000);
INSERT INTO schema_version VALUES(2,'history','5efe8f5557c4e75ead4a5504f7752ee1',1795256674000000);
CREATE TABLE position (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    next_key BIGINT NOT NULL,
    next_run BIGINT NOT NULL,
    next_event BIGINT NOT NULL,
    turn BIGINT NOT NULL,
    now BIGINT NOT NULL,
    next_input BIGINT NOT NULL,
    position BIGINT NOT NULL,
    is_clean BIGINT NOT NULL
);
INSERT INTO position VALUES(1,9,8,7,6,55,2,1,0);
CREATE TABLE entity (
    name TEXT PRIMARY KEY,
    table_name TEXT NOT NULL,
    next_id BIGINT NOT NULL
) WITHOUT ROWID;
INSERT INTO entity VALUES('automation_log','entity_automation_log',1);
INSERT INTO entity VALUES('client','entity_client',1);
INSERT INTO entity VALUES('effect','entity_effect',1);
INSERT INTO entity VALUES('notification','entity_notification',1);
INSERT INTO entity VALUES('order','entity_order',12);
INSERT INTO entity VALUES('run','entity_run',1);
INSERT INTO entity VALUES('scheduled_step','entity_scheduled_step',1);
CREATE TABLE field (
    entity TEXT NOT NULL,
    column_name TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    is_retired BIGINT NOT NULL,
    has_other BIGINT NOT NULL,
    PRIMARY KEY (entity, column_name)
) WITHOUT ROWID;
INSERT INTO field VALUES('automation_log','action','action','text',0,0);
INSERT INTO field VALUES('automation_log','at','at','datetime',0,0);
INSERT INTO field VALUES('automation_log','created_at','created_at','datetime',0,0);
INSERT INTO field VALUES('automation_log','entity','entity','text ?',0,0);
INSERT INTO field VALUES('automation_log','error','error','text ?',0,0);
INSERT INTO field VALUES('automation_log','id','id','text',0,0);
INSERT INTO field VALUES('automation_log','metadata','metadata','json ?',0,0);
INSERT INTO field VALUES('automation_log','rule','rule','text',0,0);
INSERT INTO field VALUES('automation_log','run','run','-> run',0,0);
INSERT INTO field VALUES('automation_log','status','status','one of success, failed, skipped',0,0);
INSERT INTO field VALUES('automation_log','trigger','trigger','text',0,0);
INSERT INTO field VALUES('automation_log','updated_at','updated_at','datetime',0,0);
INSERT INTO field VALUES('client','created_at','created_at','datetime',0,0);
INSERT INTO field VALUES('client','email','email','email ?',0,0);
INSERT INTO field VALUES('client','id','id','text',0,0);
INSERT INTO field VALUES('client','name','name','text ?',0,0);
INSERT INTO field VALUES('client','updated_at','updated_at','datetime',0,0);
INSERT INTO field VALUES('effect','action','action','text',0,0);
INSERT INTO field VALUES('effect','at','at','datetime',0,0);
INSERT INTO field VALUES('effect','channel','channel','text',0,0);
INSERT INTO field VALUES('effect','created_at','created_at','datetime',0,0);
INSERT INTO field VALUES('effect','id','id','text',0,0);
INSERT INTO field VALUES('effect','payload','payload','json ?',0,0);
INSERT INTO field VALUES('effect','recipient','recipient','text ?',0,0);
INSERT INTO field VALUES('effect','run','run','-> run',0,0);
INSERT INTO field VALUES('effect','status','status','one of waiting, sent, failed, undeliverable, unknown, simulated',0,0);
INSERT INTO field VALUES('effect','updated_at','updated_at','datetime',0,0);
INSERT INTO field VALUES('notification','at','at','datetime',0,0);
INSERT INTO field VALUES('notification','channel','channel','text',0,0);
INSERT INTO field VALUES('notification','created_at','created_at','datetime',0,0);
INSERT INTO field VALUES('notification','id','id','text',0,0);
INSERT INTO field VALUES('notification','is_read','is_read','bool',0,0);
INSERT INTO field VALUES('notification','title','title','text',0,0);
INSERT INTO field VALUES('notification','updated_at','updated_at','datetime',0,0);
INSERT INTO field VALUES('notification','user','user','text',0,0);
INSERT INTO field VALUES('order','amount','amount','number ?',0,0);
INSERT INTO field VALUES('order','created_at','created_at','datetime',0,0);
INSERT INTO field VALUES('order','id','id','text',0,0);
INSERT INTO field VALUES('order','number','number','int ?',0,0);
INSERT INTO field VALUES('order','of','of','-> client ?',0,0);
INSERT INTO field VALUES('order','updated_at','updated_at','datetime',0,0);
INSERT INTO field VALUES('run','created_at','created_at','datetime',0,0);
INSERT INTO field VALUES('run','ended_at','ended_at','datetime ?',0,0);
INSERT INTO field VALUES('run','entity','entity','text ?',0,0);
INSERT INTO field VALUES('run','error','error','text ?',0,0);
INSERT INTO field VALUES('run','file','file','text',0,0);
INSERT INTO field VALUES('run','id','id','text',0,0);
INSERT INTO field VALUES('run','line','line','int',0,0);
INSERT INTO field VALUES('run','rule','rule','text',0,0);
INSERT INTO field VALUES('run','started_at','started_at','datetime',0,0);
INSERT INTO field VALUES('run','status','status','one of running, waiting, success, failed, stopped, cancelled',0,0);
INSERT INTO field VALUES('run','updated_at','updated_at','datetime',0,0);
INSERT INTO field VALUES('scheduled_step','at','at','datetime',0,0);
INSERT INTO field VALUES('scheduled_step','created_at','created_at','datetime',0,0);
INSERT INTO field VALUES('scheduled_step','id','id','text',0,0);
INSERT INTO field VALUES('scheduled_step','journey','journey','text',0,0);
INSERT INTO field VALUES('scheduled_step','name','name','text',0,0);
INSERT INTO field VALUES('scheduled_step','of','of','text',0,0);
INSERT INTO field VALUES('scheduled_step','state','state','one of planned, moved, skipped, done, failed',0,0);
INSERT INTO field VALUES('scheduled_step','title','title','text',0,0);
INSERT INTO field VALUES('scheduled_step','updated_at','updated_at','datetime',0,0);
CREATE TABLE input (
    number INTEGER PRIMARY KEY,
    arrival BIGINT NOT NULL,
    body TEXT NOT NULL
);
INSERT INTO input VALUES(1,10,'{"type":"x"}');
CREATE TABLE change (
    number INTEGER PRIMARY KEY,
    input BIGINT NOT NULL,
    at BIGINT NOT NULL,
    entity TEXT NOT NULL,
    record BIGINT NOT NULL,
    field TEXT NOT NULL,
    before TEXT,
    after TEXT
);
INSERT INTO change VALUES(1,1,10,'client',1,'id',NULL,'tasha');
CREATE TABLE seen (
    bucket BIGINT NOT NULL,
    hash BIGINT NOT NULL,
    rest BIGINT NOT NULL,
    body BIGINT NOT NULL,
    body_rest BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (bucket, hash, rest)
) WITHOUT ROWID;
INSERT INTO seen VALUES(1,5350527845208355888,8660557975406101405,871079844042094342,2912530902204452944,5);
CREATE TABLE seen_bucket (
    number INTEGER PRIMARY KEY,
    ends BIGINT NOT NULL,
    events BIGINT NOT NULL,
    filter TEXT NOT NULL
);
CREATE TABLE mark (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    expires_at BIGINT
) WITHOUT ROWID;
INSERT INTO mark VALUES('once/a','r1',100);
INSERT INTO mark VALUES('once/c','r2',NULL);
CREATE TABLE waiting_run (
    number INTEGER PRIMARY KEY,
    state TEXT NOT NULL
);
INSERT INTO waiting_run VALUES(4,'{"number":4,"firing":-5,"intents":2,"depth":1,"frames":[{"locals":["twait","-","rclient/1"]}],"row":77,"calling":2,"arguments":["tx","mKES500"],"idempotency_key":"i5","entity":"client/asha","trigger":"order.number","requester":"rclient/1","requester_name":"asha","once_key":"once/a","effect":78}');
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO setting VALUES('limit','5');
CREATE TABLE parked (
    number INTEGER PRIMARY KEY,
    reason TEXT NOT NULL
);
INSERT INTO parked VALUES(1,'it stopped the engine twice');
CREATE TABLE IF NOT EXISTS "entity_run" (key INTEGER PRIMARY KEY, other TEXT, "id" TEXT, "created_at" BIGINT, "updated_at" BIGINT, "rule" TEXT, "status" TEXT, "entity" TEXT, "started_at" BIGINT, "ended_at" BIGINT, "error" TEXT, "file" TEXT, "line" BIGINT);
CREATE TABLE IF NOT EXISTS "entity_automation_log" (key INTEGER PRIMARY KEY, other TEXT, "id" TEXT, "created_at" BIGINT, "updated_at" BIGINT, "run" BIGINT, "rule" TEXT, "trigger" TEXT, "entity" TEXT, "action" TEXT, "status" TEXT, "error" TEXT, "metadata" TEXT, "at" BIGINT);
CREATE TABLE IF NOT EXISTS "entity_notification" (key INTEGER PRIMARY KEY, other TEXT, "id" TEXT, "created_at" BIGINT, "updated_at" BIGINT, "user" TEXT, "title" TEXT, "channel" TEXT, "is_read" BIGINT, "at" BIGINT);
CREATE TABLE IF NOT EXISTS "entity_effect" (key INTEGER PRIMARY KEY, other TEXT, "id" TEXT, "created_at" BIGINT, "updated_at" BIGINT, "run" BIGINT, "channel" TEXT, "action" TEXT, "recipient" TEXT, "status" TEXT, "at" BIGINT, "payload" TEXT);
CREATE TABLE IF NOT EXISTS "entity_scheduled_step" (key INTEGER PRIMARY KEY, other TEXT, "id" TEXT, "created_at" BIGINT, "updated_at" BIGINT, "journey" TEXT, "of" TEXT, "name" TEXT, "title" TEXT, "at" BIGINT, "state" TEXT);
CREATE TABLE IF NOT EXISTS "entity_client" (key INTEGER PRIMARY KEY, other TEXT, "id" TEXT, "created_at" BIGINT, "updated_at" BIGINT, "name" TEXT, "email" TEXT);
INSERT INTO entity_client VALUES(1,NULL,'asha',NULL,NULL,'asha','a@x.org');
CREATE TABLE IF NOT EXISTS "entity_order" (key INTEGER PRIMARY KEY, other TEXT, "id" TEXT, "created_at" BIGINT, "updated_at" BIGINT, "of" BIGINT, "number" BIGINT, "amount" REAL);
INSERT INTO entity_order VALUES(2,NULL,'o2',NULL,NULL,1,30,30.0);
CREATE TABLE mark_change (
    number INTEGER PRIMARY KEY,
    at BIGINT NOT NULL,
    name TEXT NOT NULL,
    before TEXT,
    expires_at BIGINT
);
INSERT INTO mark_change VALUES(1,40,'once/a',NULL,NULL);
INSERT INTO mark_change VALUES(2,50,'once/b','r0',NULL);
CREATE TABLE pruned (
    kind TEXT PRIMARY KEY,
    until BIGINT NOT NULL
) WITHOUT ROWID;
INSERT INTO pruned VALUES('events',3);
CREATE TABLE prune_position (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    stage BIGINT NOT NULL,
    key BIGINT NOT NULL
);
INSERT INTO prune_position VALUES(1,2,17);
CREATE INDEX "other entity_run" on "entity_run" (key) where other is not null;
CREATE INDEX "other entity_automation_log" on "entity_automation_log" (key) where other is not null;
CREATE INDEX "other entity_notification" on "entity_notification" (key) where other is not null;
CREATE INDEX "other entity_effect" on "entity_effect" (key) where other is not null;
CREATE INDEX "other entity_scheduled_step" on "entity_scheduled_step" (key) where other is not null;
CREATE INDEX "other entity_client" on "entity_client" (key) where other is not null;
CREATE INDEX "other entity_order" on "entity_order" (key) where other is not null;
CREATE INDEX "unique entity_client.email" on "entity_client" ("email");
CREATE INDEX "entity_client.id" on "entity_client" ("id");
CREATE INDEX "unique entity_order.of,number" on "entity_order" ("of", "number");
CREATE INDEX "entity_order.id" on "entity_order" ("id");
CREATE INDEX "entity_order.of" on "entity_order" ("of");
CREATE INDEX "entity_order.number" on "entity_order" ("number");
CREATE INDEX mark_expires ON mark (expires_at) WHERE expires_at IS NOT NULL;
COMMIT;
