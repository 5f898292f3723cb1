/* global Parse */
// The recipes app's own cloud code. HOST_CLOUD_CODE names this file.

const EDITORS = 'editors';
const asMaster = { useMasterKey: true };
const { OPERATION_FORBIDDEN, VALIDATION_ERROR, DUPLICATE_VALUE } = Parse.Error;
/** What only the app itself writes. */
const KEPT = ['author', 'slug', 'stars', 'ratings'];

Parse.Cloud.beforeSave('Recipe', async ({ object, original, user, master }) => {
  const title = String(object.get('title') ?? '').trim();
  if (!title) throw new Parse.Error(VALIDATION_ERROR, 'A recipe needs a title.');
  object.set('title', title);
  if (master) return;
  if (object.dirty('featured') && object.get('featured') && !(await isEditor(user))) {
    throw new Parse.Error(OPERATION_FORBIDDEN, 'Editors choose what is featured.');
  }
  if (original) {
    const kept = KEPT.find((name) => object.dirty(name));
    if (kept) throw new Parse.Error(OPERATION_FORBIDDEN, `"${kept}" is kept by the app.`);
  } else {
    object.set({ author: user, stars: 0, ratings: 0 });
    object.set('slug', slugOf(title));
  }
  object.setACL(aclOf(object));
});

/** One rating a person and recipe, never of one's own; the recipe follows. */
Parse.Cloud.beforeSave(
  'Rating',
  async ({ object, original, user, master }) => {
    if (master) return;
    if (original) throw new Parse.Error(OPERATION_FORBIDDEN, 'A rating stays as it was given.');
    const recipe = await object.get('recipe').fetch({ sessionToken: user.getSessionToken() });
    if (recipe.get('author')?.id === user.id) {
      throw new Parse.Error(OPERATION_FORBIDDEN, 'Nobody rates a recipe of his own.');
    }
    const earlier = await new Parse.Query('Rating').equalTo('recipe', recipe).equalTo('by', user).first(asMaster);
    if (earlier) throw new Parse.Error(DUPLICATE_VALUE, 'You have rated this recipe.');
    object.set('by', user);
    const acl = new Parse.ACL(user);
    acl.setPublicReadAccess(true);
    object.setACL(acl);
  },
  {
    fields: { stars: { type: Number, required: true, options: isStars, error: 'stars: a whole number from 1 to 5.' } },
  },
);

Parse.Cloud.afterSave('Rating', ({ object }) => countStars(object.get('recipe')));
Parse.Cloud.afterDelete('Rating', ({ object }) => countStars(object.get('recipe')));

/** The best published recipes. */
Parse.Cloud.define(
  'topRecipes',
  async ({ params }) => {
    const query = new Parse.Query('Recipe').equalTo('published', true).descending('stars').limit(params.limit);
    const recipes = await query.find(asMaster);
    return recipes.map((recipe) => ({ id: recipe.id, title: recipe.get('title'), stars: recipe.get('stars') }));
  },
  { fields: { limit: { type: Number, default: 10, options: (limit) => limit > 0 && limit <= 100 } } },
);

/**
 * The client names the edition; price, buyer and tenant come from the server. The order id makes a
 * second call harmless: the database has it once.
 */
Parse.Cloud.define(
  'buyEdition',
  async ({ params, user }) => {
    const edition = await new Parse.Query('Edition').get(params.edition, { sessionToken: user.getSessionToken() });
    // Here the payment provider would be asked.
    const buyer = await new Parse.Query(Parse.User).get(user.id, asMaster);
    const order = {
      order_id: `edition-${edition.id}-${user.id}`,
      tenant: buyer.get('tenant'),
      total: edition.get('price'),
      currency: edition.get('currency'),
      purchased_at: new Date(),
      channel: 'app',
    };
    try {
      await new Parse.Object('Purchase').save(order, asMaster);
    } catch (error) {
      if (error.code !== DUPLICATE_VALUE) throw error;
    }
    buyer.addUnique('editions', edition.id);
    await buyer.save(null, asMaster);
    return { edition: edition.get('title'), total: order.total, currency: order.currency };
  },
  { requireUser: true, fields: { edition: { type: String, required: true } } },
);

function aclOf(recipe) {
  const acl = new Parse.ACL();
  const author = recipe.get('author').id;
  acl.setReadAccess(author, true);
  acl.setWriteAccess(author, true);
  if (!recipe.get('published')) return acl;
  acl.setPublicReadAccess(true);
  acl.setRoleWriteAccess(EDITORS, true);
  return acl;
}

async function isEditor(user) {
  if (!user) return false;
  const roles = new Parse.Query(Parse.Role).equalTo('name', EDITORS).equalTo('users', user);
  return Boolean(await roles.first(asMaster));
}

async function countStars(pointer) {
  const recipe = await new Parse.Query('Recipe').get(pointer.id, asMaster);
  const given = await new Parse.Query('Rating').equalTo('recipe', recipe).findAll(asMaster);
  const sum = given.reduce((total, rating) => total + rating.get('stars'), 0);
  const stars = given.length ? Math.round((sum / given.length) * 10) / 10 : 0;
  await recipe.save({ stars, ratings: given.length }, asMaster);
}

function isStars(value) {
  return Number.isInteger(value) && value >= 1 && value <= 5;
}

function slugOf(title) {
  const words = title
    .toLowerCase()
    .normalize('NFKD')
    .match(/[a-z0-9]+/g) ?? ['recipe'];
  return words.join('-').slice(0, 80);
}
